"""What stands on every registration sheet, in Japanese and English (screens.md 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common.words import SchoolWords

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SheetWords:
    """The words of a language.

    `{address}`, `{domain}` and the school's own words have places in them; `to`, `number` and
    `until` take one value. `advice`: what to do when, and what to do then.
    """

    language: str
    title: str
    title_beside: str
    to: str
    number: str
    about: str
    steps: tuple[str, ...]
    unreadable: str
    fold: str
    school_code: str
    login_id: str
    passcode: str
    period: str
    until: str
    advice: Lines
    keep: str
    privacy: str
    privacy_text: str
    other_language: str
    contact: str
    phone: str
    from_school: str

    def said(self, words: SchoolWords, address: str, domain: str) -> dict[str, Any]:
        """Return the words that the template shows as they are, those of a school in place."""

        def say(text: str) -> str:
            placed = text.replace("{address}", address).replace("{domain}", domain)
            return words.say(placed)

        return {
            "language": self.language,
            "title": self.title,
            "title_beside": self.title_beside,
            "about": say(self.about),
            "steps": [say(step) for step in self.steps],
            "unreadable": self.unreadable,
            "fold": self.fold,
            "school_code": say(self.school_code),
            "login_id": self.login_id,
            "passcode": self.passcode,
            "period": self.period,
            "advice": [[say(when), say(then)] for when, then in self.advice],
            "keep": say(self.keep),
            "privacy": self.privacy,
            "privacy_text": say(self.privacy_text),
            "other_language": say(self.other_language),
            "contact": self.contact,
            "from_school": say(self.from_school),
        }


JAPANESE = SheetWords(
    language="ja",
    title="受信登録のご案内",
    title_beside="（登録手順書）",
    to="{} さんの{guardian}の方へ",
    number="{}番",
    about=(
        "{school}からの連絡（臨時休業、下校時刻の変更、行事、アンケートなど）を、LINE・アプリ・"
        "メールでお届けします。ご家族の方なら、何人でも、何台でも登録できます（メールは{guardian}"
        "お1人につき4件まで）。登録は無料です（通信料はご負担ください）。"
    ),
    steps=(
        "スマートフォンのカメラで、右の印を読み取る",
        "学校コードと登録用IDは、印から自動で入ります",
        "パスコードを入れる",
        "届け方を選ぶ（LINE・アプリ・メール。2つ以上をおすすめします）",
        "画面の案内のとおりに、届くことを確かめて終わり",
    ),
    unreadable="読み取れないとき",
    fold="内側に折ってください",
    school_code="{school}コード",
    login_id="登録用ID",
    passcode="パスコード",
    period="登録できる期間",
    until="{}まで",
    advice=(
        (
            "きょうだいがいるとき",
            "先に1人を登録し、続けてもう1人の用紙を読み取ると、連絡は1通にまとまります。",
        ),
        ("LINEのとき", "画面の案内から友だち追加し、画面のとおりに番号を送ってください。"),
        (
            "メールのとき",
            (
                "受信を絞っている方は {domain} を「受信する」に加えてください。"
                "リンク付きメールを断る設定があるときは解除してください。"
            ),
        ),
        (
            "スマートフォンをお持ちでないとき",
            "従来型の携帯電話の方も、下の電話へ。紙や電話でお伝えします。",
        ),
        (
            "機種やアドレスを変えたとき",
            "マイページから、ご自分で直せます。この用紙は登録のときだけ使います。",
        ),
        (
            "用紙をなくしたとき",
            "{school}へお知らせください。前の用紙を使えなくして、新しくお渡しします。",
        ),
    ),
    keep="{child}だけで登録しないよう、{guardian}の方が保管してください。",
    privacy="個人情報の扱い",
    privacy_text=(
        "いただくメールアドレス等は、{school}からの連絡と{guardian}からの連絡のためだけに使います。"
        "送信のために、選んだ届け方に応じて LINEヤフー株式会社、Google LLC 等に"
        "必要な情報を渡します。"
        "期間、取り扱う者など：{address}/p （登録画面でも表示します）"
    ),
    other_language=(
        "English: Scan the code, enter the passcode, choose LINE, app or mail. "
        "Help in English: {address}/help/guardians?lang=en"
    ),
    contact="問い合わせ",
    phone="電話",
    from_school="{school}から",
)
ENGLISH = SheetWords(
    language="en",
    title="How to receive messages from school",
    title_beside="（登録手順書）",
    to="To the family of {}",
    number="No. {}",
    about=(
        "Messages from school (closures, changed hours, events, surveys) reach you by LINE, app or "
        "mail. Everybody in the family may register, on as many phones as you like (up to four "
        "mail addresses a person). Registering is free; your carrier may charge for data."
    ),
    steps=(
        "Scan the code on the right with your phone's camera",
        "The school code and the ID are filled in by themselves",
        "Enter the passcode",
        "Choose LINE, app or mail (we recommend two or more)",
        "Follow the screen until a first message has arrived",
    ),
    unreadable="If you can't scan it",
    fold="Fold inwards here",
    school_code="School code",
    login_id="ID",
    passcode="Passcode",
    period="To be used",
    until="by {}",
    advice=(
        (
            "Brothers and sisters",
            (
                "Register one child first, then scan the sheet of the next: you get one message "
                "for all of them."
            ),
        ),
        ("LINE", "Add us as a friend from the screen, and send the numbers as it says."),
        (
            "Mail",
            (
                "If you filter your mail, allow {domain}. If mails with links are refused, switch "
                "that off."
            ),
        ),
        ("No smartphone", "Call the number below. We will tell you by paper or by phone."),
        (
            "New phone or address",
            "You can change it yourself on My Page. This sheet is for registering only.",
        ),
        ("Lost this sheet", "Tell the school. It will make this one void and give you another."),
    ),
    keep="Please keep this sheet yourself, so that your child does not register alone.",
    privacy="Your data",
    privacy_text=(
        "Your addresses are used only for messages from and to the school. To send them, what is "
        "needed goes to LY Corporation, Google LLC or others, as you choose. Who handles them, and "
        "for how long: {address}/p"
    ),
    other_language="日本語の用紙が必要なときは、{school}へお知らせください。",
    contact="Questions",
    phone="Tel.",
    from_school="From the school",
)
