"""What is said to one of the staff of where they are reached themselves (ADR 54)."""

from __future__ import annotations

from collections.abc import Mapping

# Of the words in templates/staff/parts/own_terms.html: who changes them gives them a new version.
OWN_TERMS_VERSION = "2026-12"
# In the place of sentences that are said to families, or of those for a cell of a workbook.
PROBLEM_WORDS: Mapping[str, str] = {
    "mail_at_sign": "メールアドレスの形になっていません。「@」の前と後ろを確かめてください。",
    "mail_full_width": "全角の文字が入っています。半角の英数字で入れてください。",
    "mail_not_ascii": "全角の文字が入っています。半角の英数字で入れてください。",
    "mail_several": "空白を入れずに、アドレスを1つだけ入れてください。",
    "mail_space": "空白を入れずに、アドレスを1つだけ入れてください。",
    "mail_local": "メールアドレスとして使えません。つづりを確かめてください。",
    "mail_domain": "メールアドレスとして使えません。つづりを確かめてください。",
    "mail_already": "このアドレスは、もう登録できています。",
    "mails_too_many": "メールアドレスは4件までです。使わないものを外してから、足してください。",
    "contact_points_too_many": "受信先は10件までです。使わないものを外してから、足してください。",
    "confirmations_too_many": "確認のメールを続けて送ったため、まだ送っていません。"
    "届いているメールを使うか、1時間ほど待って、もう一度押してください。",
    "mail_code_over": "続けて違ったため、このメールの番号は使えなくなりました。"
    "「もう一度送る」を押してください。",
    "links_slowed": "続けて試したため、まだ送っていません。"
    "20分ほど待って、もう一度押してください。",
    "line_token_over": "LINEから開いた画面の時間（10分）が過ぎました。まだ登録していません。"
    "LINEのトークに何か文字を送り、出てくる「受信登録をする」を押してください。",
    "line_away": "いまは、LINEでの登録を受け付けられません。"
    "ほかの受信先を登録するか、しばらくしてからもう一度お試しください。",
    "by_firebase": "このブラウザーの通知は、もう1つの方法（Googleの仕組み）で受け取ります。"
    "まだ登録していません。もう一度、下のボタンを押してください。",
    "changed": "個人情報の扱いの文章が新しくなりました。もう一度お読みください。",
}
