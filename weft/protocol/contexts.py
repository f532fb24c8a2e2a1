"""The JSON-LD contexts that signed documents of the Fediverse name, as tables of terms.

Needed only to verify and to make LD signatures: everything else reads plain names (``terms.py``).
No context is ever fetched: whoever served one could change what a signed document means. The terms
and their IRIs are those of the vocabularies (ActivityStreams 2.0, W3C Security, Data Integrity,
GoToSocial's); ``tests/protocol/test_ld_signatures.py`` holds them against the published documents.
"""

from functools import cache
from typing import Any

AS = "https://www.w3.org/ns/activitystreams"
IDENTITY = "https://w3id.org/identity/v1"
_SEC = "https://w3id.org/security#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_GTS = "https://gotosocial.org/ns#"
_FEP_044F = "https://w3id.org/fep/044f#"
_DATE_TIME = f"{_XSD}dateTime"

_AS_TYPES = (
    "Accept Activity Add Announce Application Arrive Article Audio Block Collection CollectionPage"
    " Create Delete Dislike Document Event Flag Follow Group Ignore Image IntransitiveActivity Invite"
    " IsContact IsFollowedBy IsFollowing IsMember Join Leave Like Link Listen Mention Move Note Object"
    " Offer OrderedCollection OrderedCollectionPage Organization Page Person Place Profile Question"
    " Read Reject Relationship Remove Service TentativeAccept TentativeReject Tombstone Travel Undo"
    " Update Video View"
)
_AS_PLAIN = "content hreflang mediaType name preferredUsername rel source summary units"
_AS_IDS = (
    "Public actor alsoKnownAs anyOf attachment attributedTo audience bcc bto cc context current"
    " describes endpoints first followers following formerType generator href icon image inReplyTo"
    " instrument items last liked likes location next oauthAuthorizationEndpoint oauthTokenEndpoint"
    " object oneOf origin outbox partOf prev preview provideClientKey proxyUrl relationship replies"
    " result sharedInbox shares signClientKey streams subject tag target to uploadMedia url"
)
_AS_TIMES = "closed deleted endTime published startTime updated"
_AS_FLOATS = "accuracy altitude latitude longitude radius"
_AS_COUNTS = "height startIndex totalItems width"

_SECURITY_PLAIN = (
    "EcdsaKoblitzSignature2016 Ed25519Signature2018 EncryptedMessage GraphSignature2012"
    " LinkedDataSignature2015 LinkedDataSignature2016 authenticationTag canonicalizationAlgorithm"
    " cipherAlgorithm cipherData cipherKey digestAlgorithm digestValue domain encryptionKey"
    " initializationVector iterationCount nonce normalizationAlgorithm password privateKeyPem"
    " publicKeyBase58 publicKeyPem publicKeyWif salt signature signatureValue"
)

_GTS_IDS = (
    "always announceAuthorization approvalRequired approvedBy automaticApproval canAnnounce canLike"
    " canQuote canReply interactingObject interactionPolicy interactionTarget likeAuthorization"
    " manualApproval replyAuthorization"
)


class UnknownContext(Exception):
    """The document names a context that is not among ours; the sentence names it."""


@cache
def context(url: str) -> dict[str, Any]:
    """The context document at *url*, as a loader would get it.

    Raises:
        UnknownContext: it is not one that we have.
    """
    made = _MADE.get(url)
    if made is None:
        raise UnknownContext(f"its context {url[:200]} is not known here")
    return {"@context": made()}


def _ids(names: str, prefix: str) -> dict[str, Any]:
    return {name: {"@id": f"{prefix}{name}", "@type": "@id"} for name in names.split()}


def _typed(names: str, prefix: str, kind: str) -> dict[str, Any]:
    return {name: {"@id": f"{prefix}{name}", "@type": kind} for name in names.split()}


def _activity_streams() -> dict[str, Any]:
    terms: dict[str, Any] = {
        "@vocab": "_:",
        "xsd": _XSD,
        "as": f"{AS}#",
        "ldp": "http://www.w3.org/ns/ldp#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "id": "@id",
        "type": "@type",
    }
    terms |= {name: f"as:{name}" for name in f"{_AS_TYPES} {_AS_PLAIN}".split()}
    terms |= _ids(_AS_IDS, "as:")
    terms |= _typed(_AS_TIMES, "as:", "xsd:dateTime")
    terms |= _typed(_AS_FLOATS, "as:", "xsd:float")
    terms |= _typed(_AS_COUNTS, "as:", "xsd:nonNegativeInteger")
    terms |= _typed("duration", "as:", "xsd:duration")
    for name in ("content", "name", "summary"):
        terms[f"{name}Map"] = {"@id": f"as:{name}", "@container": "@language"}
    terms["inbox"] = {"@id": "ldp:inbox", "@type": "@id"}
    terms["orderedItems"] = {"@id": "as:items", "@type": "@id", "@container": "@list"}
    return terms


def _security() -> dict[str, Any]:
    terms: dict[str, Any] = {
        "id": "@id",
        "type": "@type",
        "dc": "http://purl.org/dc/terms/",
        "sec": _SEC,
        "xsd": _XSD,
    }
    terms |= {name: f"sec:{name}" for name in _SECURITY_PLAIN.split()}
    terms |= {"CryptographicKey": "sec:Key", "signatureAlgorithm": "sec:signingAlgorithm"}
    terms |= _ids("owner privateKey publicKey publicKeyService", "sec:")
    terms |= _typed("expiration revoked", "sec:", "xsd:dateTime")
    terms["creator"] = {"@id": "dc:creator", "@type": "@id"}
    terms["created"] = {"@id": "dc:created", "@type": "xsd:dateTime"}
    terms["expires"] = {"@id": "sec:expiration", "@type": "xsd:dateTime"}
    return terms


def _identity() -> dict[str, Any]:
    """What the options of an LD signature use of it."""
    return {
        "id": "@id",
        "type": "@type",
        "dc": "http://purl.org/dc/terms/",
        "sec": _SEC,
        "xsd": _XSD,
        "creator": {"@id": "dc:creator", "@type": "@id"},
        "created": {"@id": "dc:created", "@type": "xsd:dateTime"},
        "expires": {"@id": "sec:expiration", "@type": "xsd:dateTime"},
        "domain": "sec:domain",
        "nonce": "sec:nonce",
    }


_PURPOSES = {
    "assertionMethod": "assertionMethod",
    "authentication": "authenticationMethod",
    "capabilityInvocation": "capabilityInvocationMethod",
    "capabilityDelegation": "capabilityDelegationMethod",
    "keyAgreement": "keyAgreementMethod",
}
_PROTECTED = {"@protected": True, "id": "@id", "type": "@type"}


def _purposes() -> dict[str, Any]:
    return {
        name: {"@id": f"{_SEC}{iri}", "@type": "@id", "@container": "@set"}
        for name, iri in _PURPOSES.items()
    }


def _data_integrity(*, second: bool) -> dict[str, Any]:
    suite: Any = f"{_SEC}cryptosuite"
    inner: dict[str, Any] = _PROTECTED | {
        "challenge": f"{_SEC}challenge",
        "created": {"@id": "http://purl.org/dc/terms/created", "@type": _DATE_TIME},
        "domain": f"{_SEC}domain",
        "expires": {"@id": f"{_SEC}expiration", "@type": _DATE_TIME},
        "nonce": f"{_SEC}nonce",
        "proofPurpose": {
            "@id": f"{_SEC}proofPurpose",
            "@type": "@vocab",
            "@context": _PROTECTED | _purposes(),
        },
        "cryptosuite": {"@id": suite, "@type": f"{_SEC}cryptosuiteString"} if second else suite,
        "proofValue": {"@id": f"{_SEC}proofValue", "@type": f"{_SEC}multibase"},
        "verificationMethod": {"@id": f"{_SEC}verificationMethod", "@type": "@id"},
    }
    if second:
        inner["previousProof"] = {"@id": f"{_SEC}previousProof", "@type": "@id"}
    return _PROTECTED | {
        "proof": {"@id": f"{_SEC}proof", "@type": "@id", "@container": "@graph"},
        "DataIntegrityProof": {"@id": f"{_SEC}DataIntegrityProof", "@context": inner},
    }


def _multikey() -> dict[str, Any]:
    multibase = f"{_SEC}multibase"
    inner = _PROTECTED | {
        "controller": {"@id": f"{_SEC}controller", "@type": "@id"},
        "revoked": {"@id": f"{_SEC}revoked", "@type": _DATE_TIME},
        "expires": {"@id": f"{_SEC}expiration", "@type": _DATE_TIME},
        "publicKeyMultibase": {"@id": f"{_SEC}publicKeyMultibase", "@type": multibase},
        "secretKeyMultibase": {"@id": f"{_SEC}secretKeyMultibase", "@type": multibase},
    }
    return _PROTECTED | {"Multikey": {"@id": f"{_SEC}Multikey", "@context": inner}}


def _did() -> dict[str, Any]:
    service = {"@id": "https://www.w3.org/ns/did#serviceEndpoint", "@type": "@id"}
    return (
        _PROTECTED
        | _purposes()
        | {
            "alsoKnownAs": {"@id": f"{AS}#alsoKnownAs", "@type": "@id"},
            "controller": {"@id": f"{_SEC}controller", "@type": "@id"},
            "verificationMethod": {"@id": f"{_SEC}verificationMethod", "@type": "@id"},
            "service": {
                "@id": "https://www.w3.org/ns/did#service",
                "@type": "@id",
                "@context": _PROTECTED | {"serviceEndpoint": service},
            },
        }
    )


def _gotosocial() -> dict[str, Any]:
    terms: dict[str, Any] = {"xsd": _XSD, "gts": _GTS}
    for name in ("LikeRequest", "ReplyRequest", "AnnounceRequest"):
        terms[name] = f"gts:{name}"
    terms["LikeAuthorization"] = "gts:LikeApproval"
    terms["ReplyAuthorization"] = "gts:ReplyAuthorization"
    terms["AnnounceAuthorization"] = "gts:AnnounceAuthorization"
    terms["QuoteRequest"] = f"{_FEP_044F}QuoteRequest"
    terms["QuoteAuthorization"] = f"{_FEP_044F}QuoteAuthorization"
    terms |= _ids(_GTS_IDS, "gts:")
    terms |= _ids("quoteAuthorization", _FEP_044F)
    for name in ("hidesToPublicFromUnauthedWeb", "hidesCcPublicFromUnauthedWeb"):
        terms[name] = {"@id": f"gts:{name}", "@type": "xsd:boolean"}
    return terms


def _portable_objects() -> dict[str, Any]:
    gateways = "https://w3id.org/fep/ef61/gateways"
    return {
        "gateways": {"@id": gateways, "@type": "@id", "@container": "@list"},
        "digestMultibase": "https://www.w3.org/ns/credentials/v2#digestMultibase",
    }


_MADE = {
    AS: _activity_streams,
    f"{AS}.jsonld": _activity_streams,
    f"{AS}#": _activity_streams,
    "http://www.w3.org/ns/activitystreams": _activity_streams,
    "https://w3id.org/security/v1": _security,
    IDENTITY: _identity,
    "https://w3id.org/security/data-integrity/v1": lambda: _data_integrity(second=False),
    "https://w3id.org/security/data-integrity/v2": lambda: _data_integrity(second=True),
    "https://w3id.org/security/multikey/v1": _multikey,
    "https://www.w3.org/ns/did/v1": _did,
    "https://gotosocial.org/ns": _gotosocial,
    "https://w3id.org/fep/ef61": _portable_objects,
}
