"""The power rig: SQLite's files as a power cut would leave them, at many moments of one recording."""
