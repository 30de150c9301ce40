"""From values to documents: `mail`, `feeds` and `pages`, one room each, beside `templates/`, which has the same three.

What they return depends on their arguments and on the templates, and these are read from the disk. Otherwise pure: no
clock, no database, no network, nothing written.

templates   the templates in force; the one module that reads the disk
engine      Jinja, imported when something is rendered and not before
words       days, counts and papers in words
links       where a paper can be read
why         why a paper stands where it does
shown       what of an edition is shown, and what only counted
bibtex      a paper as BibTeX
paths       where each document lies, and how one page names another
characters  what no document may hold

No room knows another one, but for a mail that has to leave something out: it attaches the edition as a page.
"""
