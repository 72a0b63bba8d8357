"""files.*: a file is asked for, uploaded, then completed into a channel or a thread."""

from dataclasses import replace
from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.records import File, Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import file as shown_file
from deploy.demo.workspace.state import new_id
from deploy.demo.workspace.web_api.chat import thread_of
from deploy.demo.workspace.web_api.method import Method, open_channel_of, required
from deploy.demo.workspace.wire import Json, records, text, whole


def get_upload_url(parts: Parts, body: Json) -> Json:
    [name] = required(body, "filename")
    length = whole(body, "length", 0)
    if length <= 0:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: length"])
    file = parts.workspace.keep_file(
        File(id=new_id("F0"), name=name, length=length, created=int(parts.now().timestamp()))
    )
    return {"ok": True, "upload_url": f"{parts.base_url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(parts: Parts, body: Json) -> Json:
    files = [_completed(parts, each) for each in records(body, "files")]
    if not files:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: files"])
    if text(body, "channel_id"):
        channel = open_channel_of(parts, body, "channel_id")
        thread_ts = thread_of(parts, channel.id, body)
        files = [replace(each, channels=(channel.id,)) for each in files]
        for each in files:
            parts.workspace.keep_file(each)
        parts.workspace.put(
            Message(
                channel=channel.id,
                ts=parts.workspace.tick(),
                user=seed.BOT_USER,
                by_app=True,
                text=text(body, "initial_comment"),
                files=tuple(each.id for each in files),
                thread_ts=thread_ts,
            )
        )
    for each in files:
        parts.workspace.keep_file(each)
    return {"ok": True, "files": [shown_file(each, parts.base_url) for each in files]}


def _completed(parts: Parts, named: Json) -> File:
    file = parts.workspace.files.get(text(named, "id"))
    if file is None or file.data is None or file.complete:
        raise Refusal("file_not_found")
    return replace(file, title=text(named, "title") or file.name, complete=True)


def info(parts: Parts, body: Json) -> Json:
    [file_id] = required(body, "file")
    file = parts.workspace.files.get(file_id)
    if file is None or not file.complete:
        raise Refusal("file_not_found")
    return {"ok": True, "file": shown_file(file, parts.base_url), "comments": []}


METHODS: Final = (
    Method("files.getUploadURLExternal", get_upload_url, ("files:write",), 4),
    Method("files.completeUploadExternal", complete_upload, ("files:write",), 4),
    Method("files.info", info, ("files:read",), 4),
)
