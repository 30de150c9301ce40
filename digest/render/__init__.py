"""From values to documents: mails, feeds and pages. Pure: what it returns depends on its arguments alone."""
