"""What shops call their columns, in English, Dutch, Danish and German: names without spaces, signs and capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "order": (
            "order orderid ordernumber orderno ordernr basket basketid receipt receiptid receiptnumber transaction "
            "transactionid invoice invoiceid invoiceno invoicenumber bon bonnummer kassabon bestelling bestelnummer "
            "bestelid ordernummer factuur factuurnummer ordre ordreid ordrenummer ordrenr bestilling bonnr "
            "kvittering kvitteringsnummer faktura fakturanummer bestellung bestellnummer bestellnr auftrag "
            "auftragsnummer rechnung rechnungsnummer belegnummer beleg orderref orderreference factuurnr fakturanr "
            "rechnungsnr auftragsnr ordren salesorder bestellungsnummer"
        ),
        "customer": (
            "customer customerid customernumber customerno client clientid household householdid member memberid "
            "loyaltycard cardnumber card klant klantid klantnummer klantnr klantcode kunde kundeid kundenummer kundenr "
            "kundennummer kundenid medlem medlemsnummer mitgliedsnummer relatienummer email emailaddress mail "
            "emailadres mailadresse emailadresse customeremail clientemail buyeremail buyer klantemail emailklant kundeemail "
            "kundenemail debiteur debiteurnr debiteurnummer debitor debitornr debitornummer debitorennummer"
        ),
        "time": (
            "orderedat orderdate ordertime time timestamp datetime date createdat created transactiontimestamp "
            "transactiondate purchasedate purchasedat invoicedate paidat besteldatum orderdatum datum datumtijd "
            "tijdstip tijd aankoopdatum factuurdatum dato ordredato købsdato kobsdato tidspunkt tid bestilt "
            "bestilldato fakturadato bestelldatum bestellzeit kaufdatum zeitpunkt zeit rechnungsdatum"
        ),
        "product": (
            "product productid sku article articleid articlenumber item itemid itemnumber lineitemsku lineitemname "
            "stockcode ean barcode productname artikel artikelid artikelnummer artikelnr artikelcode productnummer "
            "produktnaam productnaam artikelnaam artikelomschrijving productomschrijving itemname articlename vare varenavn "
            "varenummer varenr produkt produktnavn produktname artikelname artikelnavn produktid produktnummer "
            "produktnr artikelbezeichnung"
        ),
        "quantity": (
            "quantity qty units pieces lineitemquantity aantal stuks hoeveelheid antal stk mængde maengde menge anzahl "
            "stück stuck"
        ),
        "net": (
            "net netamount netsales salesvalue sales amount linetotal lineamount total totalamount revenue turnover "
            "omzet bedrag totaal totaalbedrag regeltotaal nettobedrag netto beløb belob ialt "
            "linjetotal omsætning omsaetning nettobeløb nettobelob betrag gesamt gesamtbetrag summe umsatz "
            "nettobetrag zeilensumme subtotal ordertotal ordertotaal orderamount orderbedrag orderwaarde ordervalue "
            "ordrebeløb ordrebelob ordretotal ordresum bestellwert bestellsumme auftragswert grandtotal invoicetotal "
            "factuurbedrag fakturabeløb rechnungsbetrag"
        ),
        "unit_price": (
            "unitprice price priceeach itemprice lineitemprice prijs stukprijs eenheidsprijs verkoopprijs pris "
            "stykpris enhedspris salgspris preis einzelpreis stückpreis stuckpreis verkaufspreis"
        ),
        "discount": (
            "discount discountamount lineitemdiscount retaildisc korting kortingsbedrag rabat rabatbeløb rabatbelob "
            "rabatt rabattbetrag nachlass"
        ),
        "category": (
            "category productcategory categorie productgroep categoriename kategori varegruppe produktgruppe kategorie "
            "warengruppe productgroup productcategorie artikelgroep itemgroup itemcategory varekategori produktkategori "
            "artikelgruppe produktkategorie producttype"
        ),
        "department": "department afdeling abteilung hovedgruppe hoofdgroep",
        "brand": "brand merk mærke maerke brandname vendor marke hersteller",
        "store": "store storeid shop shopid location branch winkel winkelid filiaal butik butikid filial geschäft",
        "sales_channel": "saleschannel verkoopkanaal salgskanal vertriebskanal ordersource",
        "payment": "payment paymentmethod betaalwijze betaalmethode betaling betalingsmetode zahlungsart",
        "shipping": "shipping shippingcost postage verzendkosten fragt forsendelse versand versandkosten",
        "test": "test istest testorder testordre testbestelling",
    }
)
"""Field to names, the surest first, apart by spaces."""


def plain(name: str) -> str:
    """A column's name without case, spaces and signs.

    >>> plain("Lineitem quantity"), plain("Købs-dato")
    ('lineitemquantity', 'købsdato')
    """
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", name).casefold())


EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "order": "Order number, Invoice, Bestelnummer, Factuurnr, Ordrenr, Bestellnummer",
        "time": "Order date, Date, Besteldatum, Købsdato, Bestelldatum",
        "an amount": "Amount, Order total, Price, Bedrag, Regeltotaal, Beløb, Betrag",
    }
)
"""Names that people know again, for who has to choose one."""

CLOCKS = frozenset(
    {
        "time",
        "ordertime",
        "hour",
        "tijd",
        "besteltijd",
        "tijdstip",
        "ordertijd",
        "uur",
        "tid",
        "tidspunkt",
        "klokkeslæt",
        "klokkeslaet",
        "ordretid",
        "uhrzeit",
        "zeit",
        "bestellzeit",
    }
)
"""Columns that may hold a time of day beside a column with the date."""

TAXES = "btw|vat|tax|moms|mwst|ust|gst"
WITHOUT = re.compile(rf"(.+?)(excl|exclusief|exclusive|ex|ekskl|eksklusive|eks|exkl|ohne|zzgl)({TAXES})")
WITH = re.compile(rf"(.+?)(incl|inclusief|inclusive|inkl|inklusive|including|inc|mit|med)({TAXES})")
GROSS = frozenset(
    {
        "gross",
        "grossamount",
        "grosssales",
        "bruto",
        "brutobedrag",
        "brutto",
        "bruttobeløb",
        "bruttobelob",
        "bruttobetrag",
    }
)
MONEY = ("net", "unit_price")


def holds_tax(name: str) -> bool:
    """Whether a column's name says that its amounts include tax.

    >>> holds_tax("Bedrag incl. btw"), holds_tax("Beløb ekskl. moms"), holds_tax("Amount")
    (True, False, False)
    """
    return bool(WITH.fullmatch(plain(name))) or plain(name) in GROSS


def times(names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that may tell when, the surest first.

    >>> times(("Tijd", "Besteldatum"))
    ('Besteldatum', 'Tijd')
    """
    known = [*SYNONYMS["time"].split(), *sorted(CLOCKS)]
    found = [name for name in names if plain(name) in known]
    return tuple(sorted(found, key=lambda name: known.index(plain(name))))


def understood(names: tuple[str, ...]) -> dict[str, str]:
    """The column of each field that can be told from the names; of several the surest, and the one without tax.

    >>> understood(("Ordernummer", "Klant-nr", "Bedrag", "x"))
    {'order': 'Ordernummer', 'customer': 'Klant-nr', 'net': 'Bedrag'}
    >>> understood(("Factuurnr", "Bedrag incl. btw", "Bedrag excl. btw"))
    {'order': 'Factuurnr', 'net': 'Bedrag excl. btw'}
    """
    bare = {plain(name): name for name in reversed(names)}
    without = {match[1]: name for name in reversed(names) if (match := WITHOUT.fullmatch(plain(name)))}
    taxed = {match[1]: name for name in reversed(names) if (match := WITH.fullmatch(plain(name)))}
    whole = [name for name in names if plain(name) in GROSS]
    gross = {"amount": whole[0]} if whole else {}
    found: dict[str, str] = {}
    for field, known in SYNONYMS.items():
        sorts = (
            (without, bare, taxed, gross) if field == "net" else (without, bare, taxed) if field in MONEY else (bare,)
        )
        column = next((sort[each] for sort in sorts for each in known.split() if each in sort), None)
        if column is not None and column not in found.values():
            found[field] = column
    return found
