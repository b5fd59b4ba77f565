"""The supplied templates, as data: texts that any school may begin a message with.

A blank is 〔 〕 with an example in it: it must be filled or removed before the confirm screen opens
(MSG-23). No blank stands in another, and every blank of the short line stands in the subject or the
body too, so that it is filled once. Nothing here names a school, a town or a person, and nothing is
promised that the product does not do. The product adds the school's name and telephone itself.
Subjects and bodies are the office's own words: change them only as an office would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Template:
    """A message text to start from.

    `category` is a category's name, None where the message it belongs to decides. `short` is the
    line for LINE and push, `easy` the same in plain Japanese (T1–T3). `whole_school`: it goes to
    everybody as a rule. `today_blanks`: the blanks that hold the date of the day on which it is
    sent, written as in the text.
    """

    key: str
    title: str
    lane: Literal["urgent", "normal"]
    category: str | None
    subject: str
    body: str
    short: str
    easy: str = ""
    whole_school: bool = False
    today_blanks: tuple[str, ...] = ()


TEMPLATES: tuple[Template, ...] = (
    Template(
        key="T1",
        title="臨時休業（気象）",
        lane="urgent",
        category="緊急・安全",
        subject="本日〔11月24日（火）〕は臨時休業です",
        body="""\
〔午前6時〕現在、〔市町村名〕に〔暴風警報〕が発表されています。
このため、本日〔11月24日（火）〕は臨時休業（学校はお休み）とします。

1　お子様は、ご自宅など安全な場所で過ごさせてください。川や用水路、海の近くには行かないよう、お話しください。
2　このあと警報が解除されても、本日の登校はありません。
3　給食はありません。放課後児童クラブは〔市の判断でお休みです〕。
4　明日〔25日（水）〕は〔通常どおり〕の予定です。変わるときは〔本日17時〕までにお知らせします。

お子様やご自宅、通学路に被害があったときは、学校へお電話ください。""",
        short="本日〔11月24日（火）〕は臨時休業です。お子様は家など安全な場所で過ごしてください。",
        easy="きょう 学校は 休みです。風が とても 強いです。子どもは 家に いてください。外に 出ないで ください。",
        whole_school=True,
        today_blanks=("〔11月24日（火）〕",),
    ),
    Template(
        key="T2",
        title="下校時刻の変更",
        lane="urgent",
        category="緊急・安全",
        subject="本日〔11月24日（火）〕の下校を〔13時40分〕に早めます",
        body="""\
〔台風の接近〕により、午後の天候が悪くなる見込みです。安全のため、本日〔11月24日（火）〕は次のとおり下校します。

1　下校時刻　〔13時40分〕（給食を食べてから下校します。〔5・6時間目〕は行いません）
2　下校の方法　〔地区ごとの集団下校。教職員が途中まで付き添います〕
3　放課後児童クラブ　〔通常どおり開きます〕。利用する児童は学校から直接向かいます。
4　ご自宅に大人がいないご家庭は、お子様が家に入れるか（鍵、留守番）をご確認ください。
　　むずかしいときは学校でお預かりします。お預かりやお迎えをご希望の方は、〔12時30分〕までに学校へお電話ください。

お電話のないご家庭のお子様は、2の方法で下校します。""",
        short="本日は〔13時40分〕に下校します。お預かりやお迎えをご希望の方は、〔12時30分〕までに学校へお電話ください。",
        easy="きょうは 早く 帰ります。〔13時40分〕に 学校を 出ます。家に 人が いないときは、学校に 電話してください。",
        whole_school=True,
        today_blanks=("〔11月24日（火）〕",),
    ),
    Template(
        key="T3",
        title="引き渡し（地震）",
        lane="urgent",
        category="緊急・安全",
        subject="児童は〔全員無事〕です。お迎えをお願いします",
        body="""\
本日〔10時12分〕ごろの地震（〔市町村名〕で震度〔5弱〕）のあと、児童は〔校庭に避難し、全員の無事を確認しました〕。
児童は〔全員無事〕です。これから、引き渡しを行います。

1　お迎えの場所　〔校庭（雨のときは体育館）〕。学級ごとに並んで待っています。
2　お迎えに来られる方　引き渡しカードに書かれた方に限ります。お名前とお子様との関係を担任に伝えてください。
3　来校の方法　〔徒歩または自転車〕でお願いします。校内と周りの道に車は止められません。
4　きょうだいがいるときは、下の学年から先にお迎えください。
5　すぐに来られないときも、ご心配はいりません。お迎えまで学校でお守りします。

ご自身の身の安全を第一に、落ち着いておいでください。電話はつながりにくくなります。""",
        short="児童は〔全員無事〕です。引き渡しを行います。身の安全を第一に、お迎えをお願いします。",
        easy="地震が ありました。子どもは 無事です。学校に 迎えに 来てください。あわてないで ください。",
        whole_school=True,
    ),
    Template(
        key="T4",
        title="不審者情報",
        lane="normal",
        category="緊急・安全",
        subject="不審者の情報（〔11月20日（金）〕〔東町2丁目〕付近）",
        body="""\
本校の校区で、次のことがありました。お子様と一緒にお読みください。

日時　〔11月20日（金）〕〔15時40分〕ごろ
場所　〔東町2丁目〕付近
内容　〔下校中の児童が、知らない人に「車で送る」と声をかけられました。児童はすぐに離れ、けがはありません〕
特徴　〔40歳くらい、黒い上着、白い車〕

警察に知らせ、見回りをお願いしました。学校では本日、全学級で次のことを話しました。
・知らない人について行かない、車に乗らない
・いやだと思ったら大きな声を出して逃げる
・近くの大人や店に助けを求める
・なるべく友だちと帰る
・すぐ家の人に話す

登下校の時間に、家の前や通学路で見守っていただけると助かります。似た人を見かけたときは、ためらわず110番へ。
被害にあったお子様が分かるような話や、SNSへの書き込みは、お控えください。""",
        short="〔東町2丁目〕付近で、不審者の情報がありました。登下校の見守りをお願いします。",
        whole_school=True,
    ),
    Template(
        key="T5",
        title="学級閉鎖",
        lane="normal",
        category="保健",
        subject="〔3年1組〕学級閉鎖のお知らせ（〔11月25日（水）〜26日（木）〕）",
        body="""\
〔3年1組〕では、〔インフルエンザ等による発熱〕で欠席する児童が増えています。学校医と相談し、次のとおり学級閉鎖とします。

1　期間　〔11月25日（水）〜26日（木）〕。登校は〔27日（金）〕からです。
2　本日　給食のあと〔13時30分〕に下校します。
3　過ごし方　熱や症状がなくても、なるべく家で過ごしてください。〔放課後児童クラブや習い事も控えてください〕。
4　学習　〔持ち帰ったプリントと、タブレットの課題〕に取り組みます。
5　症状が出たとき　医療機関に相談し、結果を学校へ電話でお知らせください。
　　感染症と診断された日は欠席になりません（出席停止）。""",
        short="〔3年1組〕は〔11月25日（水）〜26日（木）〕学級閉鎖です。本日は〔13時30分〕に下校します。",
    ),
    Template(
        key="T6",
        title="運動会（実施）",
        lane="normal",
        category="学校行事",
        subject="本日〔5月30日（土）〕の運動会は予定どおり行います",
        body="""\
本日〔5月30日（土）〕の運動会は、予定どおり行います。

登校　〔8時10分〕まで　　開会　〔8時45分〕　　終わり　〔12時ごろ〕
持ち物　体操服、赤白帽子、水筒（多めに）、タオル。お弁当は〔いりません〕。
暑さの指数を見ながら、休憩を増やしたり種目を減らしたりすることがあります。

ご覧になる方は〔7時30分〕から入れます。車での来校、場所取り、日よけテントはご遠慮ください。""",
        short="本日〔5月30日（土）〕の運動会は、予定どおり行います。登校は〔8時10分〕までです。",
        whole_school=True,
        today_blanks=("〔5月30日（土）〕",),
    ),
    Template(
        key="T14",
        title="運動会（延期）",
        lane="normal",
        category="学校行事",
        subject="本日〔5月30日（土）〕の運動会は〔5月31日（日）〕に延期します",
        body="""\
校庭の状態が悪いため、本日〔5月30日（土）〕の運動会は延期します。

次の予定　〔5月31日（日）〕
本日　お休みです。給食もありません。〔6月1日（月）は振替休業日です〕。
〔5月31日（日）〕も行えないときは、〔6月2日（火）〕に〔学年ごとに〕行います。""",
        short="本日〔5月30日（土）〕の運動会は〔5月31日（日）〕に延期します。本日はお休みです。",
        whole_school=True,
        today_blanks=("〔5月30日（土）〕",),
    ),
    Template(
        key="T9",
        title="学校徴収金の口座振替",
        lane="normal",
        category="集金",
        subject="〔12月〕分の口座振替は〔12月7日（月）〕です",
        body="""\
〔12月〕分の学校徴収金を、次のとおり口座から振り替えます。前日までに残高をご確認ください。

振替日　〔12月7日（月）〕
金額　〔4年生：3,850円〕（〔学級費 1,200円、教材費 1,350円、積立金 1,000円、PTA会費 300円〕）
手数料　〔11円〕がかかります。
振り替えられなかったとき　〔12月21日（月）〕にもう一度振り替えます。それもできないときは、事務室から個別にお知らせします。

就学援助を受けている方、振替を止めている方は、金額が異なります。ご不明な点は事務室へお電話ください。""",
        short="〔12月〕分の口座振替は〔12月7日（月）〕です。残高をご確認ください。",
    ),
    Template(
        key="T10",
        title="校外学習の持ち物",
        lane="normal",
        category="学校行事",
        subject="校外学習（〔12月4日（金）〕）の持ち物について",
        body="""\
〔社会科「くらしと水」〕の学習で、〔浄水場〕へ行きます。

日にち　〔12月4日（金）〕（雨でも行きます）
登校　いつもどおり　　出発　〔8時50分〕　　学校に戻る時刻　〔14時30分ごろ〕　　下校　〔15時〕
持ち物　お弁当、水筒、敷物、雨具、筆箱、しおり、ハンカチ・ちり紙、〔酔い止め（必要な人。家で飲んでから登校）〕
服装　体操服、赤白帽子、歩きやすいくつ
その日の給食はありません（給食費はいただきません）。

薬や食物アレルギー、乗り物酔いなど心配なことは、〔11月30日（月）〕までに担任へ電話か連絡帳でお知らせください。
当日の朝にお休みするときは、〔8時10分〕までに学校へお電話ください。""",
        short="〔12月4日（金）〕は校外学習です。お弁当と水筒をご用意ください。",
    ),
    Template(
        key="T12",
        title="受信テスト",
        lane="normal",
        category=None,
        subject="受信テスト（確認ボタンを押すだけで終わりです）",
        body="""\
学校からの連絡が届くかどうかを確かめるテストです。「確認しました」を押してください。ほかにしていただくことはありません。

〔11月27日（金）〕までに押されていないご家庭には、紙でお知らせし、登録の見直しをお手伝いします。""",
        short="受信テストです。〔11月27日（金）〕までに「確認しました」を押してください。",
        whole_school=True,
    ),
    Template(
        key="T13",
        title="訂正とおわび（誤送信）",
        lane="normal",
        category=None,
        subject="【訂正】〔先ほどの連絡の件名〕についてのおわび",
        body="""\
本日〔15時20分〕にお送りした「〔先ほどの連絡の件名〕」に、誤り（〔送る相手〕）がありました。おわびして訂正します。

先の連絡は、開かずに削除してください。すでに開いた方は、保存や転送をせず、保存したものは消してください。

正しい内容は、次のとおりです。
〔正しい内容〕

ご迷惑をおかけしたご家庭には、個別におわびとご説明をいたします。""",
        short="本日〔15時20分〕の連絡に誤りがありました。先の連絡は開かずに削除し、こちらをお読みください。",
    ),
)


def as_messaging_takes_them() -> list[dict[str, object]]:
    """Return the templates as items of messaging's PUT /templates/supplied, in their order."""
    return [
        {
            "key": template.key,
            "name": template.title,
            "kind": "notice",
            "lane": template.lane,
            "category_name": template.category,
            "subject": template.subject,
            "body": template.body,
            "short_text": template.short,
            "easy_text": template.easy,
            "whole_school": template.whole_school,
            "today_blanks": list(template.today_blanks),
        }
        for template in TEMPLATES
    ]
