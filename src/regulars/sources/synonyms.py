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
            "auftragsnummer rechnung rechnungsnummer belegnummer beleg"
        ),
        "customer": (
            "customer customerid customernumber customerno client clientid household householdid member memberid "
            "loyaltycard cardnumber card klant klantid klantnummer klantnr klantcode kunde kundeid kundenummer kundenr "
            "kundennummer kundenid medlem medlemsnummer mitgliedsnummer relatienummer email emailaddress mail "
            "emailadres mailadresse emailadresse"
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
            "produktnaam vare varenummer varenr produkt produktid produktnummer produktnr artikelbezeichnung"
        ),
        "quantity": (
            "quantity qty units pieces lineitemquantity aantal stuks hoeveelheid antal stk mængde maengde menge anzahl "
            "stück stuck"
        ),
        "net": (
            "net netamount netsales salesvalue sales amount linetotal lineamount total totalamount revenue turnover "
            "omzet bedrag totaal totaalbedrag regeltotaal nettobedrag netto beløb belob ialt "
            "linjetotal omsætning omsaetning nettobeløb nettobelob betrag gesamt gesamtbetrag summe umsatz "
            "nettobetrag zeilensumme subtotal"
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
            "warengruppe"
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


def understood(names: tuple[str, ...]) -> dict[str, str]:
    """The column of each field that can be told from the names; of several the surest.

    >>> understood(("Ordernummer", "Klant-nr", "Bedrag", "x"))
    {'order': 'Ordernummer', 'customer': 'Klant-nr', 'net': 'Bedrag'}
    """
    by_plain = {plain(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for field, known in SYNONYMS.items():
        column = next((by_plain[each] for each in known.split() if each in by_plain), None)
        if column is not None and column not in found.values():
            found[field] = column
    return found
