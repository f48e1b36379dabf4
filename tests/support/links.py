"""The link of a mail, taken from the customer's mailbox."""

import re

import httpx

from tests.support.shop import Shop


def link_token(shop: Shop, customer: str, subject: str = "Reminder") -> str:
    """The token at the end of the link in the customer's one mail whose subject begins so."""
    [text] = [one["text"] for one in shop.mails(customer) if one["subject"].startswith(subject)]
    [token] = re.findall(rf"^{shop.stack.api_url}/#/update-card/(\S+)$", text, re.MULTILINE)
    return token


def holding(shop: Shop, token: str) -> httpx.Client:
    """Whoever has the link, and nothing else."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=shop.stack.api_url, headers=headers, timeout=60, trust_env=False)


def written_down(shop: Shop, secret: str) -> list[str]:
    """The files of the stack, the customers' mailbox apart, that hold it."""
    files = [file for file in shop.stack.folder.rglob("*") if file.is_file()]
    return [
        str(file)
        for file in files
        if not file.name.startswith("mailbox.db") and secret.encode() in file.read_bytes()
    ]
