"""The invented past of a town of the demo: a year of cases as they might have been."""
