"""What people do in the workspace and with the world, through the demo's own control API."""

import json
import time
from dataclasses import dataclass
from html import unescape
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Json = dict[str, Any]
INCIDENT: Final = "C0INCIDENT"
CUSTODIANS: Final = ("erin", "frank", "grace")
_ANSWERS_WITHIN: Final = 40.0


@dataclass(frozen=True)
class Api:
    """JSON there and back."""

    url: str

    def call(self, path: str, body: Json | None = None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=_ANSWERS_WITHIN) as answer:
                read = json.load(answer)
        except HTTPError as error:
            read = json.loads(error.read() or b"{}")
        return dict(read)

    def text(self, path: str) -> str:
        with urlopen(self.url + path, timeout=_ANSWERS_WITHIN) as answer:
            return str(answer.read().decode())


@dataclass(frozen=True)
class World:
    """The nodes, the balancer, the store, the custodians and the writer."""

    url: str

    def state(self) -> Json:
        return Api(self.url).call("/_world/state")

    def destroy(self) -> None:
        answer = Api(self.url).call("/_world/destroy", {})
        assert answer["ok"], answer

    def unseal(self, *custodians: str) -> list[Json]:
        """Press the button on these custodians' consoles, one after the other."""
        return [Api(self.url).call("/_world/unseal", {"custodian": name}) for name in custodians]

    def signed(self, user: str, text: str) -> str:
        """Press the button on an approver's signing console; the signature."""
        person = user.removeprefix("U0").lower()
        answer = Api(self.url).call("/_world/sign", {"person": person, "text": text})
        assert answer["ok"], answer
        return str(answer["signature"])

    def rotate_share(self, custodian: str, nonce: str) -> Json:
        """Press the button on a custodian's console, in the rotation that was announced."""
        words = {"custodian": custodian, "nonce": nonce}
        return Api(self.url).call("/_world/rotate_share", words)

    def again(self, node: str) -> None:
        """Kill a node and start it; it is sealed then."""
        for action in ("kill", "start"):
            answer = Api(self.url).call(f"/_world/{action}", {"node": node})
            assert answer["ok"], answer

    def nodes(self) -> dict[str, str]:
        return {node["name"]: node["state"] for node in self.state()["nodes"]}


@dataclass(frozen=True)
class People:
    """Everyone in the workspace: what they type, press, send off, and see."""

    url: str

    def say(self, words: str, user: str = "U0ALICE", channel: str = INCIDENT) -> Json:
        body = {"channel": channel, "user": user, "command": "/vault", "text": words}
        return self._post("command", body)

    def told(self, words: str, user: str = "U0ALICE", channel: str = INCIDENT) -> str:
        """Type a command, and read all that its ephemeral answer shows."""
        answer = self.say(words, user, channel)
        assert "ephemeral" in answer, answer
        return shown(answer["ephemeral"])

    def ask(self, words: str, user: str = "U0ALICE", channel: str = INCIDENT) -> str:
        """Ask for a run, and read its name from the answer."""
        answer = self.told(words, user, channel)
        assert "Asked for" in answer, answer
        return answer.split("`")[1]

    def press(self, run: str, action: str, user: str, **forged: str) -> Json:
        """Press a button that the card shows; `forged` alters what it sends."""
        card, button = self._wait_for_button(run, action)
        element = {**button, **forged}
        return self.press_on(card["ts"], element, user)

    def press_on(self, ts: str, element: Json, user: str, channel: str = INCIDENT) -> Json:
        body = {"channel": channel, "messageTs": ts, "user": user, "action": element}
        return self._post("interact", body)

    def submit(self, view: str, user: str, **values: Json) -> Json:
        return self._post("submit", {"user": user, "view_id": view, "values": values})

    def approve(self, run: str, user: str) -> Json:
        """Read the dialog, sign its text on their own computer, paste the signature, send it."""
        id = self.open_approval(run, user)
        text = text_to_sign(self.view(id))
        signed = {} if text is None else typed("proof", World(self.url).signed(user, text))
        return self.submit(id, user, **signed)

    def open_approval(self, run: str, user: str) -> str:
        """Press Approve on the card; the dialog that opens."""
        opened = self.press(run, "press:approve", user)
        assert opened.get("view_id"), opened
        return str(opened["view_id"])

    def post(self, words: str, user: str) -> Json:
        """Say something in the channel."""
        body = {"channel": INCIDENT, "user": user, "text": words}
        return dict(self._post("message", body)["message"])

    def view(self, id: str) -> Json:
        """An open dialog."""
        views = self.workspace()["views"]
        return next(dict(view) for view in views if view["view_id"] == id)

    def messages(self, channel: str = INCIDENT, **query: str) -> list[Json]:
        words = f"?{urlencode(query)}" if query else ""
        return list(Api(self.url).call(f"/_control/messages/{channel}{words}")["messages"])

    def whispers(self, user: str, channel: str = INCIDENT) -> list[str]:
        """What only this person sees in a channel."""
        seen = self.messages(channel, user=user)
        return [shown(each) for each in seen if each.get("is_ephemeral")]

    def cards(self, run: str) -> list[Json]:
        """The cards of a run, of which there should be one."""
        return [each for each in self.messages() if _about(each, run).startswith("card-")]

    def card(self, run: str) -> Json | None:
        return next(reversed(self.cards(run)), None)

    def card_with(self, run: str, words: str) -> Json | None:
        """The card, once it shows these words."""
        card = self.card(run)
        return card if card is not None and words in shown(card) else None

    def thread(self, run: str) -> list[Json]:
        """What was said below the card, oldest first."""
        card = self.card(run)
        if card is None:
            return []
        said = self.messages(thread_ts=card["ts"])
        return [each for each in said if each["ts"] != card["ts"]]

    def keys(self, run: str) -> list[str]:
        """What each message of the thread is about, as its own metadata says."""
        return [_about(each, run) for each in self.thread(run)]

    def said(self, run: str, key: str) -> str:
        """One message of the thread, by what it is about; nothing if it is not there."""
        return next((shown(each) for each in self.thread(run) if _about(each, run) == key), "")

    def buttons(self, run: str) -> list[str]:
        """The buttons that the card shows now."""
        card = self.card(run)
        return [each["action_id"] for each in _elements(card)] if card else []

    def report(self, run: str) -> str | None:
        """The report in the thread, once it is there."""
        for message in self.thread(run):
            for file in message.get("files", []):
                return self.file(file["id"])
        return None

    def file(self, id: str) -> str:
        return Api(self.url).text(f"/_control/files/{id}")

    def workspace(self) -> Json:
        """Who and what there is in the workspace."""
        return Api(self.url).call("/_control/state")

    def channels(self) -> list[str]:
        """Every channel, direct messages included."""
        return [str(channel["id"]) for channel in self.workspace()["channels"]]

    def log(self) -> Json:
        return Api(self.url).call("/_control/log")

    def faults(self, **switches: object) -> Json:
        return self._post("faults", switches)

    def _wait_for_button(self, run: str, action: str) -> tuple[Json, Json]:
        give_up = time.monotonic() + 30
        while True:
            card = self.card(run)
            for element in _elements(card) if card else []:
                if element["action_id"] == action and card:
                    return card, element
            assert time.monotonic() < give_up, f"{run} shows {self.buttons(run)}, not {action}"
            time.sleep(0.05)

    def _post(self, word: str, body: Json) -> Json:
        return Api(self.url).call(f"/_control/{word}", body)


def shown(message: Json) -> str:
    """All that a message or a dialog shows, without how it is drawn."""
    return "\n".join([str(message.get("text", "")), *_texts(message.get("blocks", []))])


def text_to_sign(view: Json) -> str | None:
    """The text that a dialog shows in a code block, as copying takes it; None: a click does."""
    blocks = [shown({"blocks": [block]}).strip() for block in view["blocks"]]
    found = next((each for each in blocks if each.startswith("```vault-responder")), None)
    return None if found is None else unescape(found)


def typed(name: str, words: str) -> Json:
    """A text field of a dialog, whose block and element share one name."""
    return {name: {name: {"type": "plain_text_input", "value": words}}}


def picked(name: str, value: str) -> Json:
    """A choice of a dialog."""
    return {name: {name: {"type": "static_select", "selected_option": {"value": value}}}}


def _texts(part: Any) -> list[str]:
    match part:
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return [text]
        case dict():
            return [text for value in part.values() for text in _texts(value)]
        case list():
            return [text for value in part for text in _texts(value)]
        case _:
            return []


def _elements(card: Json) -> list[Json]:
    blocks = [block for block in card["blocks"] if block["type"] == "actions"]
    return [
        {key: element[key] for key in ("action_id", "value") if key in element}
        | {"block_id": block["block_id"]}
        for block in blocks
        for element in block["elements"]
    ]


def _about(message: Json, run: str) -> str:
    about = message.get("metadata", {}).get("event_payload", {})
    return str(about.get("key", "")) if about.get("run") == run else ""
