"""The kill rig: processes die and stand still under load, then three ledgers are compared."""
