"""Whole phrases about numbers: where a learnt value comes from, and how a segment differs from everyone else."""

from __future__ import annotations

from regulars.segments.phrases import table

REMARKS = table(
    {
        "differs_median": (
            "{label}: {inside} in the middle of {n}, against {outside} for everyone else",
            "{label}: {inside} in het midden van {n}, tegen {outside} bij alle anderen",
            "{label}: {inside} midt blandt {n}, mod {outside} hos alle andre",
        ),
        "differs_share": (
            "{label} {value}: {inside} of {n}, against {outside} of everyone else",
            "{label} {value}: {inside} van {n}, tegen {outside} van alle anderen",
            "{label} {value}: {inside} af {n}, mod {outside} af alle andre",
        ),
        "learnt_rhythm": (
            "how often {n} buyers return, as a spread of rates (gamma, fitted by maximum likelihood)",
            "hoe vaak {n} kopers terugkomen, als verdeling van tempo's (gamma, grootste aannemelijkheid)",
            "hvor ofte {n} købere vender tilbage, som en fordeling af hyppigheder (gamma, maximum likelihood)",
        ),
        "learnt_return_days": (
            "90 % of the returns of {n} buyers happened within so many days",
            "90 % van de herhaalaankopen van {n} kopers viel binnen zoveel dagen",
            "90 % af genkøbene hos {n} købere skete inden for så mange dage",
        ),
        "learnt_category_rate": (
            "{n} of all lines of the shop are of this category",
            "{n} van alle regels van de winkel zijn van deze categorie",
            "{n} af butikkens linjer er i denne kategori",
        ),
        "learnt_sizes": (
            "{n} customers prefer this category",
            "{n} klanten hebben voorkeur voor deze categorie",
            "{n} kunder foretrækker denne kategori",
        ),
        "learnt_too_few": (
            "cannot say: {n} so far",
            "niet te zeggen: {n} tot nu toe",
            "kan ikke siges: {n} indtil nu",
        ),
    }
)
"""Remarks by key, then by language."""
