"""Running a study: from what was asked to runs that have ended, and a choice."""
