"""Whole phrases in English, Dutch and Danish: each completes "Customers who …", "Klanten die …", "Kunder, der …".

Dutch puts its verbs last and Danish its negation first, so that no phrase is glued from label, operator and value:
a slot holds a value, a period or another whole phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Phrase: TypeAlias = tuple[str, str, str]
"""English, Dutch, Danish."""


def table(rows: Mapping[str, Phrase]) -> Mapping[str, Mapping[str, str]]:
    """Phrases by key, then by language."""
    made = {key: dict(zip(("en", "nl", "da"), phrase, strict=True)) for key, phrase in rows.items()}
    return MappingProxyType(made)


PHRASES = table(
    {
        # tests: how a value is said
        "is": ("{value}", "{value}", "{value}"),
        "one_of": ("{values}", "{values}", "{values}"),
        "is_not": ("something other than {value}", "iets anders dan {value}", "noget andet end {value}"),
        "not_in": ("something other than {values}", "iets anders dan {values}", "noget andet end {values}"),
        "exactly": ("exactly {value}", "precies {value}", "præcis {value}"),
        "not_exactly": ("not exactly {values}", "niet precies {values}", "ikke præcis {values}"),
        "at_least": ("at least {value}", "minstens {value}", "mindst {value}"),
        "at_most": ("at most {value}", "hoogstens {value}", "højst {value}"),
        "more_than": ("more than {value}", "meer dan {value}", "mere end {value}"),
        "less_than": ("less than {value}", "minder dan {value}", "mindre end {value}"),
        "between": ("between {low} and {high}", "tussen {low} en {high}", "mellem {low} og {high}"),
        "contains": ("something with “{value}” in it", "iets met “{value}” erin", "noget med “{value}” i"),
        "starts_with": (
            "something that starts with “{value}”",
            "iets dat begint met “{value}”",
            "noget, der begynder med “{value}”",
        ),
        "ends_with": (
            "something that ends with “{value}”",
            "iets dat eindigt op “{value}”",
            "noget, der slutter på “{value}”",
        ),
        "known": ("have a known {label}", "een bekende waarde hebben voor {label}", "har en kendt værdi for {label}"),
        "unknown": (
            "have no known {label}",
            "geen bekende waarde hebben voor {label}",
            "ikke har en kendt værdi for {label}",
        ),
        "before": ("before {value}", "vóór {value}", "før {value}"),
        "after": ("after {value}", "na {value}", "efter {value}"),
        "on": ("on {value}", "op {value}", "den {value}"),
        "during": ("{value}", "{value}", "{value}"),
        "top": (
            "are in the top {rank} of {among} by {label}{per}{cut}",
            "qua {label} bij de top {rank} van {among} horen{per}{cut}",
            "er blandt de øverste {rank} af {among} efter {label}{per}{cut}",
        ),
        "bottom": (
            "are in the bottom {rank} of {among} by {label}{per}{cut}",
            "qua {label} bij de onderste {rank} van {among} horen{per}{cut}",
            "er blandt de nederste {rank} af {among} efter {label}{per}{cut}",
        ),
        "per": (", each within its own {per}", ", elk binnen het eigen {per}", ", hver inden for sit eget {per}"),
        "ranks": (
            "are, among {among}, in {parts}",
            "onder {among} horen bij {parts}",
            "blandt {among} hører til {parts}",
        ),
        "rank_top": (
            "the top {rank} by {label}{cut}",
            "de top {rank} qua {label}{cut}",
            "de øverste {rank} efter {label}{cut}",
        ),
        "rank_bottom": (
            "the bottom {rank} by {label}{cut}",
            "de onderste {rank} qua {label}{cut}",
            "de nederste {rank} efter {label}{cut}",
        ),
        "cut_at_top": (" ({value} or more)", " ({value} of meer)", " ({value} eller mere)"),
        "cut_at_bottom": (" ({value} or less)", " ({value} of minder)", " ({value} eller mindre)"),
        "among_buyers": ("buyers", "de kopers", "køberne"),
        "among_everyone": ("all customers", "alle klanten", "alle kunder"),
        # items
        "did": ("{event}", "{event}", "{event}"),
        "did_not": ("{event}", "{event}", "{event}"),
        "in_segment": ("are in “{segment}”", "in “{segment}” zitten", "er i “{segment}”"),
        "not_in_segment": ("are not in “{segment}”", "niet in “{segment}” zitten", "ikke er i “{segment}”"),
        "all": ("{parts}", "{parts}", "{parts}"),
        "any": ("either {parts}", "{parts}", "enten {parts}"),
        "not": (
            "are not among those who {part}{unknown}",
            "niet horen bij degenen die {part}{unknown}",
            "ikke er blandt dem, der {part}{unknown}",
        ),
        "all_of": ("all of these", "al deze", "alle disse"),
        "any_of": ("at least one of these", "minstens één van deze", "mindst én af disse"),
        "none_of": ("everyone but these", "iedereen behalve deze", "alle undtagen disse"),
        "let_in": (
            " (this lets in {n} of whom it is not known)",
            " (ook {n} van wie dat niet bekend is)",
            " (heriblandt {n}, om hvem det ikke vides)",
        ),
        "customers": ("Customers who {parts}.", "Klanten die {parts}.", "Kunder, der {parts}."),
        "group": ("({parts})", "({parts})", "({parts})"),
        # periods
        "last": (
            "in the last {length} ({first} to {last})",
            "in de laatste {length} ({first} t/m {last})",
            "i de seneste {length} ({first} til {last})",
        ),
        "today": ("today ({first})", "vandaag ({first})", "i dag ({first})"),
        "this week": (
            "this week ({first} to {last})",
            "deze week ({first} t/m {last})",
            "i denne uge ({first} til {last})",
        ),
        "this month": (
            "this month ({first} to {last})",
            "deze maand ({first} t/m {last})",
            "i denne måned ({first} til {last})",
        ),
        "this quarter": (
            "this quarter ({first} to {last})",
            "dit kwartaal ({first} t/m {last})",
            "i dette kvartal ({first} til {last})",
        ),
        "this year": ("this year ({first} to {last})", "dit jaar ({first} t/m {last})", "i år ({first} til {last})"),
        "previous week": (
            "in the previous week ({first} to {last})",
            "in de vorige week ({first} t/m {last})",
            "i den forrige uge ({first} til {last})",
        ),
        "previous month": (
            "in the previous month ({first} to {last})",
            "in de vorige maand ({first} t/m {last})",
            "i den forrige måned ({first} til {last})",
        ),
        "previous quarter": (
            "in the previous quarter ({first} to {last})",
            "in het vorige kwartaal ({first} t/m {last})",
            "i det forrige kvartal ({first} til {last})",
        ),
        "previous year": (
            "in the previous year ({first} to {last})",
            "in het vorige jaar ({first} t/m {last})",
            "i det forrige år ({first} til {last})",
        ),
        "since": ("since {first}", "sinds {first}", "siden {first}"),
        "to": ("from {first} to {last}", "van {first} t/m {last}", "fra {first} til {last}"),
        "for": ("in the {length} from {first}", "in de {length} vanaf {first}", "i de {length} fra {first}"),
        "first order": ("their first order", "hun eerste bestelling", "deres første ordre"),
        "last order": ("their last order", "hun laatste bestelling", "deres seneste ordre"),
        # thresholds and their reasons
        "cut_top": (
            "at least {value}: the top {rank} of {n} {among}",
            "minstens {value}: de top {rank} van {n} {among}",
            "mindst {value}: de øverste {rank} af {n} {among}",
        ),
        "cut_bottom": (
            "at most {value}: the bottom {rank} of {n} {among}",
            "hoogstens {value}: de onderste {rank} van {n} {among}",
            "højst {value}: de nederste {rank} af {n} {among}",
        ),
        "cut_unknown": (
            "cannot say: {n} {among} with a known {label}, needs {needs}",
            "niet te zeggen: {n} {among} met een bekende waarde voor {label}, {needs} nodig",
            "kan ikke siges: {n} {among} med en kendt værdi for {label}, kræver {needs}",
        ),
        "n_buyers": ("buyers", "kopers", "købere"),
        "n_everyone": ("customers", "klanten", "kunder"),
        "n_customers": ("customers", "klanten", "kunder"),
        "n_repeat_buyers": ("repeat buyers", "herhaalkopers", "genkøbere"),
        "cannot_say": (
            "cannot say: {n} {base}, needs {needs}",
            "niet te zeggen: {n} {base}, {needs} nodig",
            "kan ikke siges: {n} {base}, kræver {needs}",
        ),
        "fixed": ("as written in the segment", "zoals het segment het zegt", "som segmentet angiver"),
        "return_days": (
            "{value}, because {share} of your repeat buyers return sooner",
            "{value}, want {share} van je herhaalkopers komt eerder terug",
            "{value}, fordi {share} af dine genkøbere vender tilbage tidligere",
        ),
        "own_rhythm": (
            "measured against each customer's own rhythm; across the shop, {share} of the returns happen within {days}",
            "gemeten aan het eigen ritme van elke klant; in de hele winkel valt {share} van de herhaalaankopen binnen {days}",
            "målt mod hver kundes egen rytme; i hele butikken sker {share} af genkøbene inden for {days}",
        ),
        "true": ("yes", "ja", "ja"),
        "false": ("no", "nee", "nej"),
        "nothing": ("unknown", "onbekend", "ukendt"),
    }
)

TYPES = table(
    {
        "money": ("have {label} of {test}", "{label} van {test} hebben", "har {label} på {test}"),
        "number": ("have {label} of {test}", "{label} van {test} hebben", "har {label} på {test}"),
        "share": ("have {label} of {test}", "{label} van {test} hebben", "har {label} på {test}"),
        "days": ("have {test} as {label}", "{test} hebben als {label}", "har {test} som {label}"),
        "count": ("have {test} {label}", "{test} {label} hebben", "har {test} {label}"),
        "date": ("have their {label} {test}", "hun {label} {test} hebben", "har deres {label} {test}"),
        "text": ("have {test} as their {label}", "als {label} {test} hebben", "har {test} som {label}"),
        "code": ("have {test} as their {label}", "als {label} {test} hebben", "har {test} som {label}"),
        "flag": ("are {label}", "{label} zijn", "er {label}"),
        "not_flag": ("are not {label}", "niet {label} zijn", "ikke er {label}"),
    }
)
"""What is said of a trait by its type, where no phrase of its own is known."""

TRAITS = table(
    {
        "orders": ("ordered {times}", "{times} bestelden", "har bestilt {times}"),
        "shopping_days": (
            "shopped on {test} different days",
            "op {test} verschillende dagen kochten",
            "har handlet på {test} forskellige dage",
        ),
        "first_order": ("first ordered {test}", "{test} voor het eerst bestelden", "bestilte første gang {test}"),
        "last_order": ("last ordered {test}", "{test} voor het laatst bestelden", "bestilte senest {test}"),
        "days_since_order": (
            "last ordered {test} ago",
            "{test} geleden voor het laatst bestelden",
            "bestilte senest for {test} siden",
        ),
        "tenure_days": (
            "first ordered {test} ago",
            "{test} geleden voor het eerst bestelden",
            "bestilte første gang for {test} siden",
        ),
        "revenue": ("spent {test} in total", "in totaal {test} besteedden", "har brugt {test} i alt"),
        "revenue_90_days": (
            "spent {test} in the last 90 days",
            "in de laatste 90 dagen {test} besteedden",
            "har brugt {test} i de seneste 90 dage",
        ),
        "average_order_value": (
            "spend {test} per order on average",
            "gemiddeld {test} per bestelling besteden",
            "bruger {test} pr. ordre i gennemsnit",
        ),
        "discount": ("were given {test} in discounts", "{test} aan korting kregen", "har fået {test} i rabat"),
        "items": ("bought {test} items", "{test} artikelen kochten", "har købt {test} varer"),
        "full_price_share": (
            "buy {test} at full price",
            "{test} tegen de volle prijs kopen",
            "køber {test} til fuld pris",
        ),
        "discount_share": (
            "get {test} off the list price on average",
            "gemiddeld {test} korting op de normale prijs krijgen",
            "får {test} i rabat på normalprisen i gennemsnit",
        ),
        "coupon_share": (
            "use a coupon in {test} of their orders",
            "in {test} van hun bestellingen een kortingsbon gebruiken",
            "bruger en kupon i {test} af deres ordrer",
        ),
        "categories": (
            "buy from {test} different categories",
            "uit {test} verschillende categorieën kopen",
            "køber fra {test} forskellige kategorier",
        ),
        "stores": (
            "shop at {test} different stores",
            "in {test} verschillende winkels kopen",
            "handler i {test} forskellige butikker",
        ),
        "store": ("mostly shop at store {test}", "meestal in winkel {test} kopen", "mest handler i butik {test}"),
        "preferred_category": ("prefer {test}", "een voorkeur hebben voor {test}", "foretrækker {test}"),
        "top_category": ("spend most on {test}", "het meest besteden aan {test}", "bruger mest på {test}"),
        "top_brand": (
            "spend most on the brand {test}",
            "het meest besteden aan het merk {test}",
            "bruger mest på mærket {test}",
        ),
        "weekday": ("mostly shop on {test}", "meestal op {test} kopen", "mest handler på {test}"),
        "gap_mean": (
            "leave {test} between shopping days on average",
            "gemiddeld {test} tussen twee winkeldagen laten",
            "lader i gennemsnit gå {test} mellem indkøbsdage",
        ),
        "silence_chance": (
            "have been silent for longer than their own rhythm explains (were they still active, the chance of it would be {test})",
            "langer stil zijn dan hun eigen ritme verklaart (als ze nog actief waren, zou de kans daarop {test} zijn)",
            "har været tavse længere, end deres egen rytme forklarer (hvis de stadig var aktive, ville chancen for det være {test})",
        ),
        "beyond_rhythm": (
            "have been silent for longer than their own rhythm explains",
            "langer stil zijn dan hun eigen ritme verklaart",
            "har været tavse længere, end deres egen rytme forklarer",
        ),
        "campaigns_received": (
            "received {test} campaigns",
            "{test} campagnes ontvingen",
            "har modtaget {test} kampagner",
        ),
        "coupons_redeemed": (
            "handed in {test} coupons",
            "{test} kortingsbonnen inleverden",
            "har indløst {test} kuponer",
        ),
        "age": ("are {test} years old", "{test} jaar oud zijn", "er {test} år gamle"),
    }
)
"""What is said of a trait that shops often ask about."""

EVENTS = table(
    {
        "bought": ("ordered{how}{when}", "{when}{how}bestelden", "har bestilt{how}{when}"),
        "not bought": ("did not order{when}", "{when}niet bestelden", "ikke har bestilt{when}"),
        "bought where": (
            "bought something{how}{when}{what}",
            "{when}{how}iets kochten{what}",
            "har købt noget{how}{when}{what}",
        ),
        "not bought where": (
            "did not buy anything{when}{what}",
            "{when}niets kochten{what}",
            "ikke har købt noget{when}{what}",
        ),
        "returned": (
            "returned something{how}{when}{what}",
            "{when}{how}iets terugstuurden{what}",
            "har returneret noget{how}{when}{what}",
        ),
        "not returned": (
            "did not return anything{when}{what}",
            "{when}niets terugstuurden{what}",
            "ikke har returneret noget{when}{what}",
        ),
        "viewed": (
            "viewed something{how}{when}{what}",
            "{when}{how}iets bekeken{what}",
            "har set på noget{how}{when}{what}",
        ),
        "not viewed": (
            "did not view anything{when}{what}",
            "{when}niets bekeken{what}",
            "ikke har set på noget{when}{what}",
        ),
        "searched": ("searched{how}{when}{what}", "{when}{how}zochten{what}", "har søgt{how}{when}{what}"),
        "not searched": ("did not search{when}{what}", "{when}niet zochten{what}", "ikke har søgt{when}{what}"),
        "added_to_cart": (
            "put something in the cart{how}{when}{what}",
            "{when}{how}iets in het winkelmandje legden{what}",
            "har lagt noget i kurven{how}{when}{what}",
        ),
        "not added_to_cart": (
            "did not put anything in the cart{when}{what}",
            "{when}niets in het winkelmandje legden{what}",
            "ikke har lagt noget i kurven{when}{what}",
        ),
        "started_checkout": (
            "went to the checkout{how}{when}{what}",
            "{when}{how}naar de kassa gingen{what}",
            "er gået til kassen{how}{when}{what}",
        ),
        "not started_checkout": (
            "did not go to the checkout{when}{what}",
            "{when}niet naar de kassa gingen{what}",
            "ikke er gået til kassen{when}{what}",
        ),
        "visited": (
            "visited{how}{when}{what}",
            "{when}{how}op bezoek kwamen{what}",
            "har været på besøg{how}{when}{what}",
        ),
        "not visited": (
            "did not visit{when}{what}",
            "{when}niet op bezoek kwamen{what}",
            "ikke har været på besøg{when}{what}",
        ),
        "reviewed": (
            "wrote a review{how}{when}{what}",
            "{when}{how}een beoordeling schreven{what}",
            "har skrevet en anmeldelse{how}{when}{what}",
        ),
        "not reviewed": (
            "did not write a review{when}{what}",
            "{when}geen beoordeling schreven{what}",
            "ikke har skrevet en anmeldelse{when}{what}",
        ),
        "received": (
            "were sent a campaign{how}{when}{what}",
            "{when}{how}een campagne kregen{what}",
            "har fået en kampagne{how}{when}{what}",
        ),
        "not received": (
            "were not sent a campaign{when}{what}",
            "{when}geen campagne kregen{what}",
            "ikke har fået en kampagne{when}{what}",
        ),
        "opened": (
            "opened a mail{how}{when}{what}",
            "{when}{how}een mail openden{what}",
            "har åbnet en mail{how}{when}{what}",
        ),
        "not opened": (
            "did not open a mail{when}{what}",
            "{when}geen mail openden{what}",
            "ikke har åbnet en mail{when}{what}",
        ),
        "clicked": (
            "clicked in a mail{how}{when}{what}",
            "{when}{how}in een mail klikten{what}",
            "har klikket i en mail{how}{when}{what}",
        ),
        "not clicked": (
            "did not click in a mail{when}{what}",
            "{when}niet in een mail klikten{what}",
            "ikke har klikket i en mail{when}{what}",
        ),
        "redeemed": (
            "handed in a coupon{how}{when}{what}",
            "{when}{how}een kortingsbon inleverden{what}",
            "har indløst en kupon{how}{when}{what}",
        ),
        "not redeemed": (
            "did not hand in a coupon{when}{what}",
            "{when}geen kortingsbon inleverden{what}",
            "ikke har indløst en kupon{when}{what}",
        ),
        "contacted_support": (
            "contacted support{how}{when}{what}",
            "{when}{how}contact opnamen met de klantenservice{what}",
            "har kontaktet kundeservice{how}{when}{what}",
        ),
        "not contacted_support": (
            "did not contact support{when}{what}",
            "{when}geen contact opnamen met de klantenservice{what}",
            "ikke har kontaktet kundeservice{when}{what}",
        ),
        "other": (
            "did “{event}”{how}{when}{what}",
            "{when}{how}“{event}” deden{what}",
            "har gjort “{event}”{how}{when}{what}",
        ),
        "not other": (
            "did not do “{event}”{when}{what}",
            "{when}niet “{event}” deden{what}",
            "ikke har gjort “{event}”{when}{what}",
        ),
    }
)
"""What is said of an event: how often or how much, when, and of what; each slot brings its own blanks."""

COUNTS = table(
    {
        "times": ("{test}", "{test}", "{test}"),
        "items": ("({test} items in all)", "({test} artikelen in totaal)", "({test} varer i alt)"),
        "spent": ("for {test} in all", "voor {test} in totaal", "for {test} i alt"),
        "days": ("on {test} different days", "op {test} verschillende dagen", "på {test} forskellige dage"),
        "where": (" where {parts}", " waarbij {parts}", ", hvor {parts}"),
        "field": ("{label} is {test}", "{label} {test} is", "{label} er {test}"),
        "field_known": ("{label} is known", "{label} bekend is", "{label} er kendt"),
        "field_unknown": ("{label} is not known", "{label} niet bekend is", "{label} ikke er kendt"),
        "discounted": ("it came at a discount", "het met korting ging", "det var med rabat"),
        "not_discounted": ("it came without a discount", "het zonder korting ging", "det var uden rabat"),
        "not": ("it is not so that {part}", "het niet zo is dat {part}", "det ikke gælder, at {part}"),
    }
)
"""How a count and the conditions on each event are said."""
