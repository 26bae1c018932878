"""What every channel has to keep, tried on each that stands in `table.py`."""
