"""The codec server, as Temporal's Web UI and CLI talk to it."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from temporalio.api.common.v1 import Payload, Payloads

from api.codec_server import MAX_BODY_BYTES, create_app
from config import Settings
from dev.tokens import AUDIENCE, ISSUER, OF_A_CUSTOMER, Mint
from security.payload_codec import ENCODING, EncryptionCodec
from security.payload_keys import PayloadKeys, new_key

KEY = new_key("now")
WEB_UI = "http://127.0.0.1:8233"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"customer_id":"kermit"}')


@asynccontextmanager
async def server(**settings: object) -> AsyncGenerator[httpx.AsyncClient]:
    known = {"payload_keys": KEY, "codec_origins": f"{WEB_UI}, http://localhost:8233"}
    app = create_app(Settings.model_validate(known | settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def ask(
    http: httpx.AsyncClient, what: str, *payloads: Payload, **headers: str
) -> httpx.Response:
    body = MessageToDict(Payloads(payloads=payloads))
    given = {"X-Namespace": "default", "Origin": WEB_UI} | headers
    return await http.post(f"/{what}?preserveStorageRefs=true", json=body, headers=given)


def payloads_of(answer: httpx.Response) -> list[Payload]:
    assert answer.status_code == 200, answer.text
    return list(ParseDict(answer.json(), Payloads()).payloads)


async def encrypted(key: str = KEY) -> Payload:
    [payload] = await EncryptionCodec(PayloadKeys.parse(key)).encode([PLAIN])
    return payload


async def test_decodes_what_the_worker_encoded_and_leaves_the_rest() -> None:
    async with server() as http:
        answer = await ask(http, "decode", await encrypted(), PLAIN)
    assert payloads_of(answer) == [PLAIN, PLAIN]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    data = answer.json()["payloads"][0]["data"]
    assert base64.b64decode(data) == PLAIN.data


async def test_fields_of_a_newer_server_are_in_nobodys_way() -> None:
    body = MessageToDict(Payloads(payloads=[await encrypted()]))
    body["payloads"][0]["newer"] = body["newer"] = {"than": "ours"}
    async with server() as http:
        answer = await http.post("/decode", json=body)
    assert payloads_of(answer) == [PLAIN]


async def test_encodes_what_a_worker_decodes() -> None:
    async with server() as http:
        [payload] = payloads_of(await ask(http, "encode", PLAIN))
    assert payload.metadata["encoding"] == ENCODING
    assert await EncryptionCodec(PayloadKeys.parse(KEY)).decode([payload]) == [PLAIN]


async def test_the_key_that_is_missing_is_named() -> None:
    async with server() as http:
        answer = await ask(http, "decode", await encrypted(new_key("lost")))
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "'lost'" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"payloads": 1}', b'{"payloads": [{"data": 1}]}', b"\xff", b"[" * 100_000]
)
async def test_what_is_no_payloads_is_refused(body: bytes) -> None:
    async with server() as http:
        answer = await http.post("/decode", content=body)
    assert answer.status_code == 422


async def test_a_body_may_be_long_but_not_endless() -> None:
    long = Payload(data=bytes(3_000_000))
    async with server() as http:
        assert payloads_of(await ask(http, "decode", long)) == [long]
        answer = await http.post("/decode", content=b" " * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413


async def test_the_web_ui_may_ask_from_its_own_origin() -> None:
    headers = "authorization,authorization-extras,content-type,x-namespace"
    preflight = {
        "Origin": WEB_UI,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": headers,
    }
    async with server() as http:
        allowed = await http.options("/decode", headers=preflight)
        answered = await ask(http, "decode", PLAIN)
        refused = await http.options("/decode", headers=preflight | {"Origin": "http://evil.test"})
        unread = await ask(http, "decode", PLAIN, Origin="http://evil.test")
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == WEB_UI
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    taken = allowed.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    assert set(headers.split(",")) <= set(taken)
    assert answered.headers["Access-Control-Allow-Origin"] == WEB_UI
    assert refused.status_code == 400
    for answer in (refused, unread):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("what", ["encode", "decode"])
async def test_with_tokens_it_is_the_operators(tmp_path: Path, what: str) -> None:
    mint = Mint(tmp_path)
    trust: dict[str, Any] = {
        "auth": "jwt",
        "jwt_keys": str(mint.jwks),
        "jwt_issuer": ISSUER,
        "jwt_audience": AUDIENCE,
    }
    async with server(**trust) as http:

        async def asked_with(token: str) -> httpx.Response:
            return await ask(http, what, PLAIN, Authorization=f"Bearer {token}")

        nobody = await ask(http, what, PLAIN)
        stranger = await asked_with("nonsense")
        customer = await asked_with(mint.token("kermit", OF_A_CUSTOMER))
        operator = await asked_with(mint.token("anna", ["operator"]))
        preflight = await http.options(
            f"/{what}", headers={"Origin": WEB_UI, "Access-Control-Request-Method": "POST"}
        )
        alive = await http.get("/healthz")
    assert [nobody.status_code, stranger.status_code, customer.status_code] == [401, 401, 403]
    # A page may read why it was refused.
    assert nobody.headers["Access-Control-Allow-Origin"] == WEB_UI
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    assert len(payloads_of(operator)) == 1
    assert preflight.status_code == alive.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_costs_nothing_and_is_never_limited(path: str) -> None:
    async with server(requests_per_minute_and_address=1) as http:
        answers = [await http.request(method, path) for method in ["GET", "HEAD"] * 3]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert answers[0].json() == {"status": "ok"}
    assert answers[1].text == ""


async def test_there_is_nothing_else() -> None:
    async with server() as http:
        assert (await http.get("/decode")).status_code == 405
        for path in ("/", "/docs", "/openapi.json", "/download"):
            assert (await http.get(path)).status_code == 404


async def test_without_tokens_it_lets_no_strangers_in() -> None:
    with pytest.raises(ValueError, match=r"CODEC_HOST=0\.0\.0\.0 would open the codec server"):
        Settings.model_validate({"codec_host": "0.0.0.0"})


@pytest.mark.parametrize("origins", ["*", f"{WEB_UI}, *", "https://*.example.com"])
async def test_not_every_page_may_ask(origins: str) -> None:
    with pytest.raises(ValueError, match=r"codec_origins"):
        Settings.model_validate({"codec_origins": origins})
