"""The sentence for each error: what happened and what to do next (screens.md 3, style.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from common.words import SchoolWords

AWAY = "いま、つながりにくくなっています。入力した内容は残っています。1分ほど待って、もう一度押してください。"
RETRY = "入力した内容を確かめて、もう一度押してください。"

ERROR_WORDS: Mapping[str, str] = {
    # Signing in.
    "sign_in_refused": "メールアドレスかパスワードが違います。"
    "お忘れのときは、{school}の管理者（教頭など）に一時パスワードの発行を頼んでください。",
    "locked": "{place}からの入力が続けて違ったため、次は{wait}後に試せます。"
    "ほかの人のログインは止まっていません。心当たりがなければ管理者に知らせてください。",
    "slowed": "同じ回線からの入力が続けて違ったため、{wait}待って、もう一度押してください。"
    "前にここへログインした端末は、待たずに入れます。",
    "sign_in_busy": "ただいまログインが混み合っています。数秒待って、もう一度押してください。",
    "federation_refused": "アカウントを確かめられませんでした。ログインはまだしていません。"
    "もう一度、ボタンを押して入り直してください。",
    "nobody_here": "このアカウントは、どの{school}にも登録されていません。"
    "{school}の管理者（教頭など）に、このアカウントのメールアドレスで登録を頼んでください。",
    "city_away": "いま、このアカウントの窓口につながりません。1分ほど待ってもう一度押すか、"
    "メールアドレスとパスワードでログインしてください。",
    "sign_in_by_city": "この{school}では、アカウントのボタンからログインします。メールアドレスとパスワードは、管理者だけが使えます。",
    "sign_in_by_password": "この{school}では、メールアドレスとパスワードでログインします。アカウントのボタンは、管理者だけが使えます。",
    "outside_networks": "この{school}では、パスワードでのログインは{school}の回線からだけできます。"
    "{school}の回線から入るか、管理者（教頭など）に相談してください。",
    "operator_sign_in_refused": "メールアドレス・パスワード・確認の番号のどれかが違います。"
    "番号は30秒ごとに変わり、1回だけ使えます。新しい番号が出てから、もう一度入れてください。",
    "operator_locked": "{place}からの入力が続けて違ったため、次は{wait}後に試せます。"
    "ほかの人のログインは止まっていません。心当たりがなければ、ほかの運営者に知らせてください。",
    "session_ended": "自動でログアウトしました。もう一度ログインしてください。",
    "unauthenticated": "もう一度ログインしてください。",
    "bad_token": "もう一度ログインしてください。",
    # Rights.
    "not_allowed": "この操作はあなたの権限では使えません。必要なときは管理者に相談してください。",
    "school_ended": "{school}の利用が終わったため、送信や変更はできません。これまでの権限で見られるものだけを見られます。",
    "staff_only": "この操作はあなたの権限では使えません。必要なときは管理者に相談してください。",
    "no_school": "この操作はあなたの権限では使えません。必要なときは管理者に相談してください。",
    "other_site": "ほかのサイトのリンクからは開けません。この画面のメニューから開いてください。",
    "urgent_not_allowed": "緊急連絡は、あなたの権限では送れません。管理者（校長・教頭など）に頼んでください。",
    "audience_out_of_scope": "担当していない{class}やグループが宛先に入っています。担当の{class}・グループだけを選んでください。",
    "out_of_scope": "担当している{class}・グループの名簿だけを見ることができます。",
    "not_own_message": "ほかの人が作った連絡は変更できません。作成者か管理者に頼んでください。",
    # Messages.
    "audience_member_away": "宛先の{name}さんは在籍していないため、届きません。宛先から外して、もう一度押してください。",
    "audience_empty": "宛先に、いま届けられる人がいません。宛先を選び直してください。",
    "audience_group_gone": "宛先に選んだ{class}・グループのうち {count}つは、もうありません（削除されたか、担当ではありません）。"
    "下書きは残っています。宛先を選び直してください。",
    "audience_member_gone": "宛先に選んだ人のうち {count}人は、もう名簿にいません。"
    "下書きは残っています。宛先を選び直してください。",
    "blanks_left": "空欄〔　〕が {blanks}か所残っています。「直す」で入力するか、消してください。",
    "brackets_unsure": "{brackets} は、書き忘れた空欄ではありませんか。確認画面で答えてください。",
    "body_too_long": "本文が長すぎます。10,000文字までにしてください。",
    "short_text_too_long": "LINEと通知に出る短い文が長すぎます。200文字までにしてください。",
    "subject_invalid": "件名を確かめてください。1行で、100文字までです。",
    "body_empty": "本文を入力してください。",
    "no_channel_left": "届け方が1つも残りません。メール・LINE・アプリのどれかで送ってください。",
    "category_unknown": "このカテゴリはもう使われていません。選び直してください。",
    "category_taken": "「{name}」というカテゴリは、もうあります。別の名前にしてください。",
    "category_retired": "「{name}」は、使うのをやめたカテゴリにあります。下の一覧で「また使う」を押してください。",
    "categories_too_many": "カテゴリは、使うのをやめたものも合わせて{limit}個までです。使っていないカテゴリの名前を変えてお使いください。",
    "not_sent_yet": "この連絡は、まだ送っていません。カテゴリは下書きで選んでください。",
    "snapshot_stale": "確認から30分たったため、まだ送っていません。宛先をもう一度確かめてください。",
    "snapshot_not_found": "この確認画面は古くなりました。「確認へ」を押して、宛先をもう一度確かめてください。",
    "changed_elsewhere": "この下書きは、別の画面で書きかえられています。いまの入力は保存していません。"
    "入力した文章をコピーしてから、開き直してください。",
    "not_a_draft": "この連絡は、もう下書きではありません。状況を確かめてください。",
    "already_released": "送信が始まっているため、取りやめられません。「残りを止める」で、まだ渡していない分を止められます。",
    "not_being_sent": "この連絡は、いま送信中ではありません。状況を確かめてください。",
    "idempotency_key_reused": "この確認画面は、もう使われています。確認画面を開き直してください。",
    "no_own_contact_point": "あなたの受信先が登録されていないため、試しに送れません。管理者に登録を頼んでください。",
    "contract_ended": "この{school}の利用は終わっているため、送れません。",
    "not_confirmable": "この連絡には、確認ボタンがありません。",
    "family_session_over": "マイページから出ています。メールのリンクで、もう一度入ってください。",
    "family_sign_in_refused": "メールアドレスかパスワードが違います。メールのリンクでも入れます。",
    "fresh_sign_in_needed": "入ってから時間がたちました。メールのリンクで、もう一度入ってください。",
    "own_password_not_offered": "ご自分だけのメールアドレスがないため、パスワードは決められません。",
    "family_link_used": "このリンクは、もう使われています。新しいリンクを送ってください。",
    "family_test_used": "このお試しは、もう「届きました」を押してあります。",
    "family_test_over": "このお試しの時間（24時間）が過ぎました。マイページか「わたしの受信先」から、もう一度お試しを送ってください。",
    "family_link_over": "このリンクの時間が過ぎました。新しいリンクを送ってください。",
    "links_slowed": "申し込みが続いたため、まだ送っていません。少し待って、もう一度押してください。",
    "not_on_roster": "このアカウントは、名簿の教職員と結び付いていません。{school}の管理者（教頭など）に、"
    "「教職員のアカウントと権限」で名簿と結び付けるように頼んでください。",
    "last_contact_point": "最後の受信先です。外すと、連絡がどこにも届きません。",
    # A family that registers: its pages say the same in both languages.
    "registration_codes_wrong": "学校コード・ID・パスコードの組み合わせが合いません。登録手順書を見て、もう一度入れてください。",
    "registration_over": "はじめてから時間がたったため、登録は終わっていません。登録手順書の番号を、もう一度入れてください。",
    "terms_not_agreed": "先に、個人情報の扱いをお読みください。",
    "sheet_replaced": "この登録手順書は、使えなくなりました。まだ登録していません。新しい用紙で、はじめからお願いします。",
    "sheet_mails_too_many": "この用紙からの確認のメールが1日の上限に達したため、まだ送っていません。届いているメールを使うか、明日もう一度お試しください。",
    "confirmations_too_many": "確認のメールを続けて送ったため、まだ送っていません。1時間ほど待って、もう一度押してください。",
    "mail_code_wrong": "番号が合いません（あと{left}回）。いちばん新しいメールの6けたの番号を入れてください。",
    "push_service_unknown": "このブラウザーの通知には、まだ対応していません。Chrome・Edge・Safari・Firefoxのどれかで開き直してください。",
    "subscription_refused": "通知の許可をうまく受け取れませんでした。この画面を開き直して、もう一度押してください。",
    "firebase_token_refused": "通知の宛先をうまく受け取れませんでした。この画面を開き直して、もう一度押してください。",
    "confirmation_over": "この確認は、24時間が過ぎたか、使えなくなっています。もう一度、確認のメールを送ってください。",
    "line_link_over": "LINEとの連携の時間が過ぎました。まだ登録していません。もう一度、LINEのトークからお願いします。",
    "line_link_used": "この連携は、ほかのLINEで済んでいます。もう一度、LINEのトークからお願いします。",
    "line_links_too_many": "続けて押されたため、まだ登録していません。しばらく待って、もう一度押してください。",
    "sheet_needed": "この画面からは足せません。登録手順書のQRコードから登録してください。",
    "talk_registration_off": "この{school}では、LINEのトークからは登録できません。登録手順書のQRコードから登録してください。",
    "registration_decided": "この登録は、ほかの人がもう承認したか、断りました。下のいまの一覧を確かめてください。",
    "link_unknown": "このリンクは使えません。届いたメールから、もう一度開いてください。",
    "link_gone": "このリンクの連絡は、消去されています。内容は{school}にお尋ねください。",
    "link_revoked": "このリンクからは、確認できなくなりました。内容は{school}にお尋ねください。",
    "link_expired": "このリンクの期限が過ぎました。内容は{school}にお尋ねください。",
    # Roster.
    "member_limit": "契約の人数（{limit}人）に達しているため、登録できません。"
    "転出・卒業した人の在籍状況を直すか、契約のご担当者に相談してください。",
    "number_taken": "{value}番は、同じ{class}の{name}さんの番号です。"
    "先に、どちらかの出席番号を直してください。まだ何も変えていません。",
    "management_number_taken": "同じ管理番号の人がいます。番号を確かめてください。",
    "phone_unreadable": "電話番号として読めません。090-1234-5678 のように、番号だけを入力してください。",
    "phones_too_many": "登録できる電話番号は{limit}件までです。",
    "phones_of_pupils_only": "緊急連絡先は、{pupil}にだけ登録できます。",
    "roster_not_empty": "名簿がすでにあるため、読み込んでいません。",
    "id_taken": "同じ登録がすでにあるため、読み込んでいません。",
    "import_refused": "直すところがあるため、まだ1件も登録していません。印のところを直し、もう一度読み込んでください。",
    "import_undecided": "まだ決めていないことがあります。選んで「この内容で比べ直す」を押してから、反映してください。",
    "import_stale": "ファイルを確かめたあとに、名簿が変わりました。まだ何も反映していません。"
    "もう一度ファイルを選んで、確かめてください。",
    "accounts_not_yours": "アカウントを変えられるのは、管理者だけです。管理者に頼んでください。",
    "account_deleted": "削除したアカウントのメールアドレスです。先に「教職員のアカウントと権限」で元に戻してください。",
    "mail_needed": "ログインする人には、メールアドレスが要ります。入力してください。",
    "import_under_way": "このファイルは、いま処理しています。終わるまで、少しお待ちください。",
    "import_stopped": "読み込みが途中で止まりました。名簿は何も変わっていません。もう一度ファイルを選んでください。",
    "import_apply_stopped": "反映が途中で止まりました。名簿は何も変わっていません。"
    "「この内容で反映する」を、もう一度押してください。",
    "import_busy": "いま、ほかのファイルを読み込んでいます。少し待って、もう一度押してください。",
    "import_plan_not_found": "読み込んだ内容は、30分たったため消しました。もう一度ファイルを選んでください。",
    "contact_point_not_found": "この受信先は、もう登録されていません。",
    "guardian_not_found": "この{guardian}は、もう登録されていません。{pupil}のページを開き直してください。",
    "sheet_protected": "配慮が必要な家庭の登録手順書は、この{pupil}の家庭を見られる人（教頭など）が印刷します。",
    "sheet_not_found": "まだ登録手順書を印刷していません。先に印刷してください。",
    "login_id_taken": "同じIDを、ほかの{pupil}が使っています。別のIDにしてください。まだ変えていません。",
    "login_id_unfit": "IDは6文字から12文字までの英字と数字にしてください。"
    "まちがえやすい 0・O・1・I・L は使えません。まだ変えていません。",
    "same_guardian": "同じ{guardian}です。もう1人の{guardian}を選んでください。",
    "joining_changed": "画面を開いたあとに、どちらかの登録が変わりました。まだ何もまとめていません。"
    "下のいまの内容を確かめて、もう一度押してください。",
    "joined_mails_too_many": "合わせたメールアドレスが{limit}件を超えるため、まだまとめていません。"
    "使っていないアドレスを止めてから、もう一度開いてください。",
    "group_in_use": "{enrolled}人が在籍しているため、削除できません。先に、ほかの{class}の在籍にしてください。",
    "group_above_gone": "上にあった学年・{class}・グループがありません。先に、そちらを元に戻してください。",
    "group_not_found": "この{class}・グループは、もうありません。削除されたか、ほかの年度のものです。",
    "year_no_classes": "まだ学年・{class}がありません。先に名簿を読み込んでください。",
    "year_planned_already": "年度更新の下書きは、すでにあります。",
    "year_undoable_yet": "前の年度更新を、まだ元に戻せます。次の下書きは、その期限が過ぎてから作れます。",
    "year_too_early": "その次の年度の下書きは、まだ作れません。4月になってから作ってください。",
    "year_applied_already": "すでに新しい年度に切り替わっています。",
    "year_class_missing": "この{class}は、来年度の下書きにもうありません。選び直してください。",
    "number_out_of_range": "番号は1から{limit}までの数字にしてください。",
    "year_class_in_use": "{pupil}か、下の{class}があるため、消せません。先に、ほかの{class}に移してください。",
    "year_clashes": "{count}人の番号が重なっています。番号を直してから、切り替えてください。",
    "year_not_applied": "まだ新しい年度に切り替わっていません。",
    "year_message_sent": "新しい{class}に連絡を送ったため、元に戻せません。一人ずつは「名簿」で直せます。",
    "year_undo_over": "切り替えから14日たったため、元に戻せません。一人ずつは「名簿」で直せます。",
    "year_change_not_found": "年度更新の下書きがありません。作ってから、もう一度押してください。",
    "in_the_past": "過ぎた日時です。これからの日時を選んでください。",
    "root_stays": "「全校」は、名前も場所も変えられません。",
    "parent_below": "自分の下にあるグループの下へは移せません。ほかの場所を選んでください。",
    "too_deep": "これより下には作れません。{limit}段までです。",
    "kind_differs": "{pupil}は{class}とグループに、教職員は教職員のグループに入ります。選び直してください。",
    "enrolled_in_class_only": "在籍にできるのは{class}だけです。グループには「加える」を使ってください。",
    "class_missing": "「全校」には、直接は入れられません。{class}かグループを選んでください。",
    "class_needed": "在籍している{class}からは外せません。ほかの{class}の在籍にすると、いまの{class}から移ります。",
    "name_missing": "名前を入力してください。",
    "name_too_long": "名前が長すぎます。{limit}文字までにしてください。",
    "character_unreadable": "表示できない文字が入っています。消してから、もう一度押してください。",
    "roster_conflict": "ほかの登録とぶつかるため、登録していません。番号と所属を確かめてください。",
    "workbook_too_large": "ファイルが大きすぎます（{limit_mb}MBまで）。写真などを消すか、学年ごとに分けてください。",
    "workbook_empty": "ファイルが空です。保存してから、もう一度選んでください。",
    "workbook_old_format": "古い形式のExcel（.xls）です。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。",
    "workbook_encrypted": "パスワードがかかっています。Excelで開き、パスワードを外して保存し直してください。",
    "workbook_not_xlsx": "Excelブック（.xlsx）でもCSVでもありません。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。",
    "workbook_damaged": "ファイルが壊れていて読めません。Excelで開いて保存し直してください。",
    "workbook_macro": "マクロが含まれています。Excelで開き、「Excelブック（.xlsx）」で保存し直してください。",
    "workbook_bomb": "ファイルの中身が大きすぎるため、読み込みませんでした。新しいブックに名簿だけを貼り付けてください。",
    "workbook_too_heavy": "読み込みに時間がかかりすぎるため、途中でやめました。新しいブックに名簿だけを貼り付けてください。",
    "workbook_no_sheet": "表示されているシートがありません。名簿のシートを表示して保存し直してください。",
    # Accounts and schools.
    "mail_taken": "このメールアドレスは、ほかの人がすでにログインに使っています（「削除」の一覧も確かめてください）。",
    "code_taken": "この学校コードは、すでに使われています。",
    "school_invalid": "{school}の情報に、使えない内容があります。確かめてください。",
    "password_weak": "このパスワードは使えません。12文字以上で、推測されにくいものにしてください。",
    "temporary_expired": "一時パスワードの期限が切れています。{school}の管理者（教頭など）に、もう一度発行を頼んでください。",
    "session_pending": "ログインの途中です。もう一度ログインしてください。",
    "password_chosen": "パスワードはもう決まっています。このままお使いください。",
    "password_not_yours": "本人のパスワードは、本人だけが決められます。一時パスワードを発行してください。",
    "current_wrong": "いまのパスワードが違います。",
    "network_invalid": "{school}の回線「{networks}」は使えません。198.51.100.0/24 のような形で、/16 より広くないものを入れてください。",
    "called_too_short": "だれに、どの番号へかけ直したかを、10文字以上で書いてください。まだ申し込んでいません。",
    "same_operator": "申し込んだ人とは別の運営者が承認してください。",
    "operator_too_new": "運営者になって24時間たつまでは、申し込みも承認もできません。ほかの運営者に頼んでください。",
    "recovery_over": "この申し込みは、承認されたか、24時間を過ぎたか、申し込んだ運営者か管理者が外れました。もう一度申し込んでください。",
    "managed_elsewhere": "この人のログイン（メールアドレスとパスワード）は、先に登録した{school}が管理しています。その{school}の管理者に頼んでください。",
    "serves_elsewhere": "この人は別の{school}でも働いています。その{school}の管理者に「利用を止める」を押してもらってから、もう一度してください。本人が自分のパスワードを決めたら、その{school}で「利用を再開する」を押してもらいます。",
    "password_not_chosen": "この人は、別の{school}の一時パスワードをまだ使っていません。本人が自分のパスワードを決めてから、もう一度してください。",
    "review_incomplete": "確かめているあいだに、アカウントが増えたか減りました。まだ何も変えていません。いまの一覧を確かめて、もう一度署名してください。",
    "factor_wrong": "確認できませんでした。番号は30秒ごとに変わり、1回だけ使えます。新しい番号が出てから、もう一度入れてください。",
    "factor_locked": "続けて違ったため、次は{wait}後に試せます。心当たりがなければ、パスワードを知られているかもしれません。管理者に知らせてください。",
    "factor_proved": "多要素認証は済んでいます。このままお使いください。",
    "factor_demanded": "{school}の決まりで多要素認証が必要なため、最後の1つは外せません。先に別のものを登録してください。",
    "factors_too_many": "登録できるのは{limit}個までです。使っていないものを外してください。",
    "offer_gone": "時間がたったため、登録していません。もう一度はじめから行ってください。",
    "passkey_refused": "このパスキーは登録できませんでした。もう一度はじめから行ってください。",
    "password_needed": "確認のため、いまのパスワードを入れてください。",
    "own_factors": "自分の多要素認証は、「自分の情報」から変えてください。",
    "own_password": "自分のパスワードは、「自分の情報」で変えてください。",
    "term_invalid": "「使い終わる日」が「使い始める日」より前です。日付を直して、もう一度保存してください。",
    "member_taken": "この人には、もうアカウントがあります。",
    "changed_meanwhile": "画面を開いたあとに、ほかの人が変更しました。まだ何も保存していません。下はいまの内容です。確かめて、もう一度入力してください。",
    "networks_missing": "{school}の回線を1つも入れずに、{school}の回線だけにはできません。先に回線を入れてください。",
    "last_administrator": "管理者が1人もいなくなるため、変更できません。先に別の人を管理者にしてください。",
    "administrator_unrestricted": "管理者の権限は減らせません。先に役割を変えてください。",
    "function_unknown": "知らない権限の名前です。画面を開き直してください。",
    "function_reserved": "この権限は管理者だけのものです。",
    "key_destroyed": "この{school}のデータは消去されています。",
    "school_erasing": "この{school}の利用は終わり、データを消去しています。ログインできません。",
    "school_erased": "この{school}の利用は終わり、データは消去されています。",
    "school_not_erasing": "この{school}のデータの消去は、まだ始まっていません。",
    "erasure_not_due": "この{school}のデータは、まだ残す期間です。消去は始められません。",
    "end_invalid": "契約の終わり方を確かめてください。"
    "データを残す日数は38日までです。すぐに消去するときは、{school}名を正確に入力してください。",
    "end_too_late": "この{school}の消去はもう始まっているため、契約の終わりは変えられません。",
    "school_changed_elsewhere": "この{school}は、別の画面で書きかえられています。いまの入力は保存していません。"
    "入力した内容をコピーしてから、開き直してください。",
    "letter_gone": "最初の管理者が自分のパスワードを決めたか、一時パスワードの期限が過ぎたため、印刷できません。"
    "期限が過ぎたときは、この{school}の「管理者の回復」から、一時パスワードを新しく出してください。",
    "school_made_already": "この画面の{school}は、もう作られています。{school}・契約の一覧を確かめてください。",
    # Operators.
    "code_refused": "確認の番号が違います。番号は30秒ごとに変わり、1回だけ使えます。"
    "新しい番号が出てから、もう一度入れてください。",
    "own_account": "自分の分は変えられません。ほかの運営者に頼んでください。",
    "access_invalid": "閲覧の理由を10文字以上、500文字以内で書いてください。時間は1時間までです。",
    "access_open": "この{school}のデータは、すでに閲覧中です。",
    "access_over": "閲覧の時間が終わりました。続けるときは、もう一度理由を書いてください。",
    "certificate_not_found": "消去がまだ終わっていないため、証明書はありません。",
    # Anything.
    "city_not_offered": "この画面は見つかりません。メールアドレスとパスワードでログインしてください。",
    "not_found": "この画面は見つかりません。削除されたか、アドレスが違います。",
    "bad_request": RETRY,
    "invalid": RETRY,
    "method_not_allowed": "このアドレスは、直接は開けません。メニューから開いてください。",
    "no_list": "印刷する一覧を読み取れませんでした。人数や期間をしぼって、もう一度押してください。",
    "too_large": "送られた内容が大きすぎます。短くして、もう一度押してください。",
    "unsupported_media": RETRY,
    "csrf": "画面を開いてから時間がたっていたため、まだ何も行っていません。もう一度押してください。",
    "busy": "いま、混み合っています。少し待って、もう一度押してください。",
    "service_away": AWAY,
    "bad_answer": AWAY,
    "not_known_there": AWAY,
    "unavailable": AWAY,
}
UNKNOWN = (
    "うまくいきませんでした。入力した内容は残っています。少し待ってもう一度押してください。"
    "続くときは番号 {number} をお知らせください。"
)
DIFFERENT = "2つの入力が違います。同じパスワードを2回入れてください。"
DECLINED = "アカウントでのログインは取りやめられました。もう一度ボタンを押すか、メールアドレスとパスワードでログインしてください。"
# A thing that is not there, or not this school's: one sentence for all (its code names the thing).
GONE_ENDING = ("_not_found", "_unknown")

_SUBJECT_PROBLEMS: Mapping[str, str] = {
    "empty": "件名を入力してください。",
    "line_break": "件名に改行は使えません。1行にしてください。",
    "too_long": "件名が長すぎます。100文字までにしてください。",
}
_PASSWORD_PROBLEMS: Mapping[str, str] = {
    "too_short": "パスワードは{shortest}文字以上にしてください。",
    "common": "よく使われる言葉や同じ文字のくり返しで、推測されやすいパスワードです。別のものにしてください。",
    "personal": "メールアドレスが入っているため、推測されやすいパスワードです。別のものにしてください。",
    "temporary": "一時パスワードとは別の、自分で決めたパスワードにしてください。",
}
_END_PROBLEMS: Mapping[str, str] = {
    "grace_days": "データを残す日数は、0日から38日までです。それより長いと、控え（バックアップ）が70日までになくなりません。",
    "name_typed": "{school}名が違います。書いてあるとおりに入力してください。まだ何も変わっていません。",
    "no_day": "契約の終わりの日を入れてください（例：2027/3/31）。",
    "before_start": "契約の始まりより前の日では終われません。日付を確かめてください。",
    "lies_ahead": "残す日数が0日のときは、終わりの日をきょうか、それより前にしてください。"
    "これから来る日で終わるときは、残す日数を1日以上にしてください。",
}
# Those that say how long to wait; seconds where the house does not tell.
_WAITS = ("locked", "operator_locked", "factor_locked", "slowed")
_USUAL_WAIT = 30
_EMPTY_BRACKETS = ("（人）", "（MBまで）", "（あと回）")
# None that can be mistaken for another when read out by telephone.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def words_for(
    code: str,
    fields: Mapping[str, Any] | None = None,
    *,
    school: SchoolWords,
    number: str = "",
) -> str:
    """Return the sentence for an error code.

    `school`: what the reader's school calls its own. `number` stands in the sentence for one that
    we don't know.
    """
    fields = fields or {}
    subject_problem = fields.get("subject")
    if code == "subject_invalid" and subject_problem in _SUBJECT_PROBLEMS:
        return _SUBJECT_PROBLEMS[str(subject_problem)]
    if code == "password_weak":
        return _PASSWORD_PROBLEMS.get(str(fields.get("password")), ERROR_WORDS[code]).format_map(
            _Known(fields)
        )
    if code == "end_invalid":
        return school.say(_end_words(fields) or ERROR_WORDS[code])
    if code in _WAITS:
        return ERROR_WORDS[code].format(place=_place_of(fields), wait=_wait_of(fields))
    if code in ERROR_WORDS:
        words = ERROR_WORDS[code]
    elif code.endswith(GONE_ENDING):
        words = ERROR_WORDS["not_found"]
    else:
        return UNKNOWN.format(number=number)
    filled = school.say(words).format_map(_Known({**fields, **_params_of(code, fields)}))
    # A number that is not known leaves its brackets empty.
    for brackets in _EMPTY_BRACKETS:
        filled = filled.replace(brackets, "")
    return filled


def _params_of(code: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a house gives beside the code of the one field that it refuses: `limit`."""
    for refused in fields.values():
        if isinstance(refused, Mapping) and refused.get("code") == code:
            return refused
    return {}


def _place_of(fields: Mapping[str, Any]) -> str:
    """Return whose wrong tries it was: this device's, or anyone's on its network."""
    return "この端末" if fields.get("where") == "device" else "この端末か、同じ回線の端末"


def _wait_of(fields: Mapping[str, Any]) -> str:
    minutes, seconds = divmod(int(fields.get("retry_after") or _USUAL_WAIT), 60)
    if not minutes:
        return f"{seconds}秒"
    return f"{minutes}分{seconds}秒" if seconds else f"{minutes}分"


def _end_words(fields: Mapping[str, Any]) -> str:
    """Return the sentence for the first problem of an end that has one."""
    for name, problem in fields.items():
        sentence = _END_PROBLEMS.get(name) or _END_PROBLEMS.get(str(problem))
        if sentence:
            return sentence
    return ""


class _Known(dict[str, Any]):
    """Parameters of a sentence; one that the house did not give stays out of the sentence."""

    def __missing__(self, key: str) -> str:
        return ""


def is_known(code: str) -> bool:
    """Return whether a code has a sentence of its own."""
    return code in ERROR_WORDS or code.endswith(GONE_ENDING)


def short_number(request_id: str) -> str:
    """Return the number that people read out by telephone, made from a request's id: 7F3K-2A."""
    digest = hashlib.sha256(request_id.encode()).digest()
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:6])
    return f"{letters[:4]}-{letters[4:]}"
