"""arXiv's categories, and the feed in which it announces the papers of some of them."""

from __future__ import annotations

__all__ = ["CATEGORIES", "announced"]

ADDRESS = "https://rss.arxiv.org/rss/"  # several categories with "+" between: https://info.arxiv.org/help/rss.html
SUBJECTS = {  # archive → its subjects, as of https://arxiv.org/category_taxonomy; a whole archive has a feed too
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO "
    "SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "math-ph": "",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph "
    "geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}
CATEGORIES = (*SUBJECTS, *(f"{archive}.{subject}" for archive, own in SUBJECTS.items() for subject in own.split()))
BY_FOLD = {category.casefold(): category for category in CATEGORIES}


def announced(categories: str) -> str:
    """The address of the feed of these categories, which have "+" between them; in any capitals, each of them once.

    Raises KeyError with the first that arXiv does not have.
    """
    words = (word.strip() for word in categories.split("+"))
    return ADDRESS + "+".join(dict.fromkeys(known(word) for word in words))


def known(word: str) -> str:
    """A category in arXiv's own capitals."""
    if word.casefold() not in BY_FOLD:
        raise KeyError(word)
    return BY_FOLD[word.casefold()]
