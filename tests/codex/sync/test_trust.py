"""Whom a bundle is believed: sources taken together, and what a lock has pinned."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex.sync.trust import (
    UNSIGNED,
    Allow,
    AllowedSigners,
    BundleClaim,
    Pin,
    Signers,
    TrustDemand,
    TrustSource,
    TrustTerms,
    check_demand,
    check_pin,
    combine,
    trust_source,
)
from skills_build.errors import CodexError
from skills_build.model.release import Version
from skills_build.model.trust import TrustSettings
from skills_build.schema import convert

DAY = "2026-11-23"
CLAIM = BundleClaim(namespace="acme", version="2.0.0", as_of="2026-11-01", tree="a" * 64)
PIN = Pin(signer="SHA256:one", version="2.0.0", tree="a" * 64)
KEYS = ("ada", "eve", "joe")


def signers(*names: str) -> Signers:
    return Signers(allowed=(AllowedSigners(text="\n".join(names), origin="test"),), origin="test")


def signed_by(key: str | None, who: Signers) -> str:
    """Stands for ssh-keygen: whether a key is among the names."""
    if key is None or key not in who.allowed[0].text.split("\n"):
        raise CodexError("not an allowed signer")
    return key


def believed(demand: TrustDemand, claim: BundleClaim, signed: Callable[[Signers], str]) -> bool:
    try:
        check_demand(demand, claim, day=DAY, signed_by=signed)
    except CodexError:
        return False
    return True


versions = st.builds("{}.{}.{}".format, *[st.integers(0, 12)] * 3)
terms = st.builds(
    TrustTerms,
    signers=st.none() | st.lists(st.sampled_from(KEYS), unique=True).map(lambda names: signers(*names)),
    minimum_version=st.none() | versions,
    maximum_age=st.none() | st.integers(1, 60),
)
sources = st.builds(
    TrustSource,
    origin=st.just("test"),
    required=st.booleans(),
    namespaces=st.dictionaries(st.sampled_from(("acme", "other")), terms),
    everywhere=st.none() | terms,
)
claims = st.builds(
    BundleClaim,
    namespace=st.sampled_from(("acme", "other", "third")),
    version=versions,
    as_of=st.sampled_from(("2026-11-23", "2026-11-01", "2026-09-01", "2020-01-01")),
    tree=st.just("a" * 64),
)


@given(st.lists(sources, max_size=4), sources, claims, st.none() | st.sampled_from(KEYS))
def test_a_source_of_lower_precedence_never_allows_what_was_refused(
    some: list[TrustSource], one: TrustSource, claim: BundleClaim, key: str | None
) -> None:
    signed = partial(signed_by, key)
    before = believed(combine(some, claim.namespace), claim, signed)
    after = believed(combine([*some, one], claim.namespace), claim, signed)
    assert before or not after


@given(st.lists(sources, max_size=4), claims)
def test_the_strictest_value_of_each_key_counts(some: list[TrustSource], claim: BundleClaim) -> None:
    demand = combine(some, claim.namespace)
    for one in (term for source in some for term in source.terms(claim.namespace)):
        assert one.signers is None or one.signers in demand.signers
        if one.maximum_age is not None:
            assert demand.maximum_age is not None
            assert demand.maximum_age <= one.maximum_age
        if one.minimum_version is not None:
            assert demand.minimum_version is not None
            assert Version.parse(demand.minimum_version) >= Version.parse(one.minimum_version)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            TrustSource(origin="x", namespaces={"other": TrustTerms()}),
            "the namespace `acme` is not trusted: x trusts only other",
        ),
        (TrustSource(origin="x", required=True), "there is no trusted signer for `acme`, and x requires one"),
        (
            TrustSource(origin="x", everywhere=TrustTerms(minimum_version="2.0.1")),
            "acme 2.0.0 is older than the minimum version",
        ),
        (
            TrustSource(origin="x", everywhere=TrustTerms(maximum_age=21)),
            "acme 2.0.0 is from 2026-11-01, more than 21 days ago",
        ),
        (TrustSource(origin="x", everywhere=TrustTerms(signers=signers("eve"))), "not an allowed signer"),
    ],
)
def test_each_refusal_is_reported(source: TrustSource, message: str) -> None:
    with pytest.raises(CodexError, match=message):
        check_demand(combine([source], "acme"), CLAIM, day=DAY, signed_by=partial(signed_by, "ada"))


def test_whoever_comes_later_cannot_name_the_signer_that_is_required() -> None:
    required = TrustSource(origin="codex.yaml", required=True)
    named = TrustSource(origin="repository", everywhere=TrustTerms(signers=signers("eve")))
    assert not believed(combine([required, named], "acme"), CLAIM, partial(signed_by, "eve"))
    assert believed(combine([named, required], "acme"), CLAIM, partial(signed_by, "eve"))


def test_versions_are_compared_as_numbers() -> None:
    some = [TrustSource(origin="x", everywhere=TrustTerms(minimum_version=one)) for one in ("9.0.0", "10.0.0", "2.0.0")]
    assert combine(some, "acme").minimum_version == "10.0.0"


@pytest.mark.parametrize(
    ("claim", "signer", "kind"),
    [
        (replace(CLAIM, namespace="other"), "SHA256:one", Allow.NAMESPACE),
        (CLAIM, "SHA256:two", Allow.SIGNER),
        (CLAIM, UNSIGNED, Allow.SIGNER),
        (replace(CLAIM, version="1.9.9"), "SHA256:one", Allow.DOWNGRADE),
        (replace(CLAIM, version="2.0.0-rc1"), "SHA256:one", Allow.DOWNGRADE),
        (replace(CLAIM, version="latest"), "SHA256:one", Allow.DOWNGRADE),
        (replace(CLAIM, tree="b" * 64), "SHA256:one", Allow.CONTENT),
    ],
)
def test_a_pin_refuses_unless_it_is_allowed(claim: BundleClaim, signer: str, kind: Allow) -> None:
    with pytest.raises(CodexError) as refused:
        check_pin(PIN, "acme", claim, signer, allow=frozenset(Allow) - {kind})
    assert str(kind) in (refused.value.hint or "")
    (note,) = check_pin(PIN, "acme", claim, signer, allow=frozenset({kind}))
    assert note.endswith(f"; allowed by {kind}")


def test_a_pin_lets_pass_what_only_became_better() -> None:
    assert check_pin(PIN, "acme", CLAIM, "SHA256:one") == ()
    assert check_pin(PIN, "acme", replace(CLAIM, version="10.0.0", tree="b" * 64), "SHA256:one") == ()
    assert check_pin(replace(PIN, signer=UNSIGNED), "acme", CLAIM, "SHA256:one") == ()
    assert check_pin(PIN, "acme", CLAIM, "SHA256:two", named=True) == ()  # `trust` names the new key: a rotation
    for built in ("0.0.0", "2.0.1+unreleased"):  # not releases: what is built again may differ
        pin, claim = replace(PIN, version=built), replace(CLAIM, version=built, tree="c" * 64)
        assert check_pin(pin, "acme", claim, "SHA256:one") == ()


def test_a_pinned_identity_is_bound_to_its_issuer() -> None:
    pin = replace(PIN, signer="sigstore:me@example.com (https://a.example.com)")
    assert check_pin(pin, "acme", CLAIM, "sigstore:me@example.com (https://a.example.com)") == ()
    for other in ("sigstore:me@example.com (https://b.example.com)", "sigstore:me@example.com"):
        with pytest.raises(CodexError, match="but the installed version is signed by"):
            check_pin(pin, "acme", CLAIM, other)
    old = replace(PIN, signer="sigstore:me@example.com")
    assert check_pin(old, "acme", CLAIM, "sigstore:me@example.com (https://a.example.com)") == ()
    with pytest.raises(CodexError):
        check_pin(old, "acme", CLAIM, "sigstore:you@example.com (https://a.example.com)")


def test_a_section_is_read_with_its_files() -> None:
    files = {"allowed": b"ada ssh-ed25519 AAAA\n", "gone": b"SSHKRL"}
    data = {"namespaces": {"acme": {"allowed_signers": "allowed", "revoked_keys": "gone", "maximum_age": "30 days"}}}
    found = trust_source(convert(data, TrustSettings), "codex.yaml", read=files.__getitem__).namespaces["acme"]
    assert found.signers is not None
    assert [one.text for one in found.signers.allowed] == ["ada ssh-ed25519 AAAA\n"]
    assert [one.data for one in found.revoked] == [b"SSHKRL"]
    assert found.maximum_age == 30
