"""What every channel is made of; each has a folder of its own beside this one."""
