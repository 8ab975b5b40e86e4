"""A tree back to plain values, to canonical YAML and to a hash of what it means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from re import compile as pattern
from typing import Any

from regulars.segments.periods import period_plain, point_text
from regulars.segments.tree import (
    All,
    AnyOf,
    Did,
    InSegment,
    Node,
    Not,
    Percent,
    Period,
    Point,
    Segment,
    Test,
    TraitTest,
    Value,
)

SAFE = pattern(r"[A-Za-z][A-Za-z_]*(?:[ -][A-Za-z_]+)*")
OTHER_READERS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])
"""Words that some YAML readers turn into something that is not text."""


class Bare(str):
    """A text that is written without quotes: a number, a share, a point, a word of the language."""

    __slots__ = ()


def written(value: Value) -> Any:
    """One value as it is written.

    >>> written(Percent(Decimal("0.2")))
    '20%'
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, Percent):
        return Bare(f"{(value.share * 100).normalize():f}%")
    if isinstance(value, Decimal):
        return Bare(f"{value:f}")
    if isinstance(value, Point):
        return Bare(point_text(value))
    if isinstance(value, Period):
        return bare(period_plain(value))
    return value


def bare(plain: str | Mapping[str, str]) -> Any:
    """Words of the language, without quotes."""
    return Bare(plain) if isinstance(plain, str) else {key: Bare(value) for key, value in plain.items()}


def plain_test(test: Test) -> Any:
    """A test as plain values: the value alone for is, the list alone for one_of."""
    values = [written(value) for value in test.values]
    if test.word == "is":
        return values[0]
    if test.word == "one_of":
        return values
    found: dict[str, Any] = {test.word: values if test.word in ("between", "not_in") else values[0]}
    if test.among:
        found["among"] = Bare(test.among)
    if test.per:
        found["per"] = Bare(test.per)
    return found


def plain(node: Node) -> dict[str, Any]:
    """A tree as plain values, in the shape of the file.

    >>> plain(Not(InSegment("vip")))
    {'not': {'in_segment': 'vip'}}
    """
    if isinstance(node, All | AnyOf):
        return {"all" if isinstance(node, All) else "any": [plain(part) for part in node.parts]}
    if isinstance(node, Not):
        return {"not": plain(node.part)}
    if isinstance(node, TraitTest):
        return {node.trait: plain_test(node.test)}
    if isinstance(node, InSegment):
        return {"not_in_segment" if node.negated else "in_segment": Bare(node.segment)}
    return plain_did(node)


def plain_did(node: Did) -> dict[str, Any]:
    """A counted event as plain values."""
    found: dict[str, Any] = {"did_not" if node.negated else "did": node.event}
    if node.where is not None:
        found["where"] = plain(node.where)
    if node.count is not None:
        found[node.unit] = plain_test(node.count)
    if node.during is not None:
        found["during"] = bare(period_plain(node.during))
    return found


def plain_segment(segment: Segment) -> dict[str, Any]:
    """A segment as plain values, in the order of the file; what has its usual value is left out."""
    found: dict[str, Any] = {"schema": Bare("segment/1"), "name": dict(segment.name)}
    if segment.of != "customers":
        found["of"] = Bare(segment.of)
    if segment.growing_is != "neutral":
        found["growing_is"] = Bare(segment.growing_is)
    if segment.minimum:
        found["minimum"] = dict(segment.minimum)
    found["who"] = plain(segment.who)
    found |= {key: settings(value) for key in ("expect", "playbook") if (value := getattr(segment, key))}
    return found


def settings(value: Any) -> Any:
    """Settings within settings as plain values."""
    if isinstance(value, Mapping):
        return {key: settings(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else written(value)


def to_yaml(segment: Segment) -> str:
    """The canonical text of a segment; reading it gives the same segment.

    >>> print(to_yaml(Segment("vip", {"en": "VIP"}, TraitTest("country", Test("is", ("NO",))))), end="")
    schema: segment/1
    name:
      en: VIP
    who:
      country: 'NO'
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 10_000
    yaml.representer.add_representer(Bare, unquoted)
    out = StringIO()
    yaml.dump(dressed(plain_segment(segment)), out)
    return out.getvalue()


def unquoted(representer: Any, value: Bare) -> Any:
    """A scalar that stands as it is, whatever type a YAML reader sees in it."""
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver

    tag = VersionedResolver().resolve(ScalarNode, str(value), (True, False))
    return representer.represent_scalar(tag, str(value))


def dressed(value: Any, *, inside: bool = False) -> Any:
    """Plain values with quotes where another YAML reader would need them, small mappings on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, PlainScalarString, SingleQuotedScalarString

    if isinstance(value, Mapping):
        made = CommentedMap({key: dressed(item, inside=inside or key not in ROOMY) for key, item in value.items()})
        if inside and all(not isinstance(item, Mapping) for item in value.values()):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        listed = CommentedSeq([dressed(item, inside=inside) for item in value])
        if all(not isinstance(item, Mapping) for item in value) and inside:
            listed.fa.set_flow_style()
        return listed
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, Bare):
        return value
    if SAFE.fullmatch(value) and value.lower() not in OTHER_READERS:
        return PlainScalarString(value)
    return SingleQuotedScalarString(value) if value.isprintable() else DoubleQuotedScalarString(value)


ROOMY = ("name", "who", "all", "any", "not", "playbook", "goal", "do", "avoid", "en", "nl", "da")
"""Keys whose content has lines of its own."""


def definition_hash(segment: Segment, layers: Mapping[str, Segment]) -> str:
    """What a segment means, as a hash: equal for equal trees, the trees of its layers included."""
    from regulars.segments.tree import layers as used

    below = {
        layer.segment: definition_hash(layers[layer.segment], layers)
        for layer in used(segment.who)
        if layer.segment in layers
    }
    text = json.dumps([segment.of, plain(segment.who), below], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
