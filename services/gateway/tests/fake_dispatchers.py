"""The dispatchers as in-memory functions: previews as they render them, links that stop mails."""

from __future__ import annotations

from typing import Any

from town_school import SCHOOL

from common.errors import NotFound


class DispatchHouses:
    """What the three dispatchers answer; `messages`, `snapshots` are those of the other houses.

    `web_push_key`: by which phones subscribe, None where the operator has made none.
    """

    messages: dict[str, dict[str, Any]]
    snapshots: dict[str, dict[str, Any]]
    stopped: list[str]
    replies = 0
    web_push_key: str | None = "B" * 87

    def get_web_push(self, request: dict[str, Any]) -> Any:
        return {"public_key": self.web_push_key}

    def get_previews_message_id_of_dispatch_line(
        self, request: dict[str, Any], message_id: str
    ) -> Any:
        message = self.messages[message_id]
        shown = {
            "alt_text": f"つばめ野小：{message['subject']}",
            "school": SCHOOL["name"],
            "title": message["subject"],
        }
        return {
            **shown,
            "text": message["short_text"] or message["body"],
            "buttons": ["全文を読む", "確認しました"],
        }

    def get_previews_message_id_of_dispatch_push(
        self, request: dict[str, Any], message_id: str
    ) -> Any:
        return {"title": "つばめ野小", "body": self.messages[message_id]["subject"]}

    def get_previews_message_id(self, request: dict[str, Any], message_id: str) -> Any:
        message = self.messages[message_id]
        label = self.snapshots[request["params"]["snapshot_id"]]["label"]
        without = f"{label}の保護者の皆様\n\n{message['body']}\n"
        text = f"{without}\n――――――――――\n▼ 確認ボタンはこちら\n（ご家庭ごとのリンク）\n"
        sender = "みなも市立つばめ野小学校 <tsubameno@renraku.example>"
        shown = {
            "subject": f"つばめ野小：{message['subject']}",
            "sender": sender,
            "text": text,
            "html": "",
        }
        return {**shown, "text_without_link": without, "staff_text": None}

    has_line_account = True

    menus_shown = 0

    def put_accounts_current_menu(self, request: dict[str, Any]) -> None:
        self.menus_shown += 1

    def get_accounts_current(self, request: dict[str, Any]) -> Any:
        if not self.has_line_account:
            raise NotFound("no_line_account")
        return {
            "name": "みなも市学校連絡",
            "friend_url": "https://line.me/R/ti/p/%40minamo",
            "dialog_url": "https://access.line.me/dialog/bot/accountLink",
        }

    def get_replies(self, request: dict[str, Any]) -> Any:
        return {"days": 7, "replies": self.replies}

    def get_unsubscribes_token(self, request: dict[str, Any], token: str) -> Any:
        if token != "good":
            raise NotFound("link_gone" if token == "erased" else "link_unknown")
        return {"school_id": SCHOOL["id"]}

    def post_unsubscribes_token(self, request: dict[str, Any], token: str) -> Any:
        self.stopped.append(token)
        return {"school_id": SCHOOL["id"]}

    def delete_unsubscribes_token(self, request: dict[str, Any], token: str) -> Any:
        self.stopped.remove(token)
        return {"school_id": SCHOOL["id"]}
