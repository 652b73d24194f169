"""Notebooks and cohorts: building, releasing, collecting. The only package that uses nbgrader."""
