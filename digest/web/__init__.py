"""What needs a program on the web: the built pages with proper HTTP, search, subscriptions, health. Starlette's room.

    request → guard → route → page | file            GET changes nothing; each answer has the headers of `guard`

application  which path is answered by whom
reception    what answers work with: the site, its digests and topics, the templates, the database
guard        headers of every answer, the prefix below which the site stands, what is refused before anybody looks
peers        who asks, for real, behind a proxy on this machine
bodies       what comes with a request: how much, and how slowly, is too much
files        what `build` wrote: validators, 304, the bytes that were compressed beforehand
conditions   what a request says of what it has, and takes
joining      subscribing: a form, a mail, a button; offers: digests and topics as forms show them
managing     a reader's own page, by the token of its link; standing, stored: what it says
forms        forms as they come, within bounds
limits       how often somebody may ask
pages        pages that are set for one request, and what is said of faults
search       papers by their words, as a page and as a feed; validated: answers that are made, with a tag of their bytes
status       how things stand, for readers and for a load balancer
admin        the owner's pages, an application of their own; panels: what stands on them
listening    the place where it listens: a port, or a socket of this machine
serving      the server: how it begins, who is cut off, how it stops
"""
