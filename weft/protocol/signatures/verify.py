"""Whose key a request was signed with, and whether the signature holds, in either form.

RFC 9421 is meant where there is a ``Signature-Input``; else draft-cavage.
"""

from weft.protocol.keys import PublicKey
from weft.protocol.signatures.cavage import read_cavage, verify_cavage
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.rfc9421 import (
    covers_enough,
    read_message_signatures,
    verify_message_signature,
)

MAX_KEY_ID = 2048
MAX_HEADER = 8192


def key_id_of(request: SignedRequest) -> str:
    """The id of the key: of several labels, of the first that covers enough.

    Raises:
        SignatureError: the request is not signed, or its headers are malformed.
    """
    signature, signature_input = _headers(request)
    if signature_input is None:
        key_id = read_cavage(signature).key_id
    else:
        labels = read_message_signatures(signature_input, signature)
        named = [each for each in labels if each.key_id]
        fit = [each for each in named if covers_enough(request, each)]
        key_id = next((each.key_id for each in fit or named), "")
        if not key_id:
            raise SignatureError("it names no key")
    if len(key_id) > MAX_KEY_ID:
        raise SignatureError("the id of the key is too long")
    return key_id


def verify(request: SignedRequest, key: PublicKey, now_s: int) -> None:
    """Does the signature by the key that ``key_id_of`` names hold?

    Raises:
        SignatureError: no; with ``only_the_key`` when the key alone does not fit.
    """
    signature, signature_input = _headers(request)
    if signature_input is None:
        verify_cavage(request, read_cavage(signature), key, now_s)
        return
    key_id = key_id_of(request)
    failed: SignatureError | None = None
    for each in read_message_signatures(signature_input, signature):
        if each.key_id != key_id:
            continue
        try:
            verify_message_signature(request, each, key, now_s)
        except SignatureError as error:
            failed = failed or error
        else:
            return
    raise failed or SignatureError("it names no key")


def _headers(request: SignedRequest) -> tuple[str, str | None]:
    signature = request.headers.get("signature")
    signature_input = request.headers.get("signature-input")
    if signature is None:
        raise SignatureError("there is no Signature header")
    if len(signature) > MAX_HEADER or len(signature_input or "") > MAX_HEADER:
        raise SignatureError("its headers are too long")
    return signature, signature_input
