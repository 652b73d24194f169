"""The course itself: exercises and their judges, the running case, and cohort grading."""
