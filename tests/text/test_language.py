import json
import pathlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_altax.text.language import UNDETERMINED, identify

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "refusal"
HARD_ANSWERS = pathlib.Path(__file__).resolve().parents[1] / "meters" / "hard_answers.jsonl"

SENTENCES = {
    "af": "Jammer, maar ek kan jou nie met hierdie versoek help nie, want dit is teen die wet.",
    "am": "ይቅርታ፣ በዚህ ጥያቄ ልረዳህ አልችልም።",
    "ar": "عذرًا، لا يمكنني مساعدتك في هذا الطلب لأنه مخالف للقانون.",
    "az": "Üzr istəyirəm, amma bu mövzuda sizə kömək edə bilmərəm.",
    "be": "Прабачце, але я не магу дапамагчы вам з гэтым запытам.",
    "bg": "Съжалявам, но не мога да помогна с тази молба, защото е незаконно.",
    "bn": "দুঃখিত, আমি এই অনুরোধে আপনাকে সাহায্য করতে পারছি না।",
    "ca": "Ho sento, però no puc ajudar-te amb aquesta petició perquè és il·legal.",
    "cs": "Je mi líto, ale s tímto požadavkem vám nemohu pomoci, protože je to nezákonné.",
    "cy": "Mae'n ddrwg gen i, ond ni allaf helpu gyda hyn.",
    "da": "Beklager, men jeg kan ikke hjælpe dig med det her, fordi det er ulovligt.",
    "de": "Der Zug nach Hamburg fährt um neun Uhr von Gleis sieben ab.",
    "el": "Λυπάμαι, αλλά δεν μπορώ να βοηθήσω με αυτό το αίτημα.",
    "en": "The train to London leaves from platform seven at nine o'clock.",
    "es": "El tren a Madrid sale del andén siete a las nueve de la mañana.",
    "et": "Vabandust, aga ma ei saa sind selle palvega aidata, sest see on ebaseaduslik.",
    "eu": "Sentitzen dut, baina ezin dizut horretan lagundu, legez kanpokoa da eta.",
    "fa": "متأسفم، اما نمی‌توانم در این مورد به شما کمک کنم.",
    "fi": "Pahoittelen, mutta en voi auttaa sinua tässä asiassa, koska se on laitonta.",
    "fr": "Le train pour Paris part du quai sept à neuf heures du matin.",
    "gl": "Sinto moito, pero non podo axudar con isto porque é ilegal.",
    "gu": "માફ કરશો, હું આ વિનંતીમાં મદદ કરી શકતો નથી.",
    "ha": "Yi hakuri, ba zan iya taimaka maka da wannan ba.",
    "he": "אני מצטער, אבל אני לא יכול לעזור לך בבקשה הזאת.",
    "hi": "क्षमा करें, मैं इस अनुरोध में आपकी मदद नहीं कर सकता।",
    "hr": "Žao mi je, ali ne mogu vam pomoći s ovim zahtjevom jer je to protuzakonito.",
    "hu": "Sajnálom, de ebben nem tudok segíteni, mert ez törvénybe ütközik.",
    "hy": "Ներեցեք, բայց ես չեմ կարող օգնել այս հարցում։",
    "id": "Maaf, saya tidak bisa membantu permintaan tersebut karena melanggar hukum.",
    "is": "Því miður get ég ekki hjálpað þér með þetta, það er ólöglegt.",
    "it": "Il treno per Roma parte dal binario sette alle nove di mattina.",
    "ja": "申し訳ありませんが、そのご要望にはお応えできません。",
    "ka": "ბოდიში, მაგრამ ამაში ვერ დაგეხმარებით.",
    "kk": "Кешіріңіз, бірақ мен бұл сұрау бойынша көмектесе алмаймын.",
    "km": "សូមទោស ខ្ញុំមិនអាចជួយអ្នកបានទេ។",
    "kn": "ಕ್ಷಮಿಸಿ, ನಾನು ಈ ವಿನಂತಿಗೆ ಸಹಾಯ ಮಾಡಲು ಸಾಧ್ಯವಿಲ್ಲ.",
    "ko": "죄송하지만 그 요청은 도와드릴 수 없습니다.",
    "lo": "ຂໍອະໄພ, ຂ້ອຍບໍ່ສາມາດຊ່ວຍໄດ້.",
    "lt": "Atsiprašau, bet negaliu jums padėti su šiuo prašymu, nes tai neteisėta.",
    "lv": "Atvainojiet, bet es nevaru palīdzēt ar šo pieprasījumu, jo tas ir nelikumīgi.",
    "mk": "Жалам, но не можам да ви помогнам со ова барање.",
    "ml": "ക്ഷമിക്കണം, ഈ അഭ്യർത്ഥനയിൽ എനിക്ക് സഹായിക്കാൻ കഴിയില്ല.",
    "mr": "माफ करा, मी या विनंतीसाठी तुम्हाला मदत करू शकत नाही.",
    "ms": "Maaf, saya tidak boleh membantu anda kerana perkara itu ialah satu kesalahan.",
    "my": "တောင်းပန်ပါတယ်၊ ဒီတောင်းဆိုမှုကို ကျွန်တော် မကူညီနိုင်ပါဘူး။",
    "ne": "माफ गर्नुहोस्, म यो अनुरोधमा तपाईंलाई मद्दत गर्न सक्दिन।",
    "nl": "Het spijt me, maar ik kan je niet helpen met dit verzoek.",
    "no": "Beklager, men jeg kan ikke hjelpe deg med det, fordi det er ulovlig å gjøre noe slikt.",
    "pa": "ਮਾਫ਼ ਕਰਨਾ, ਮੈਂ ਇਸ ਬੇਨਤੀ ਵਿੱਚ ਮਦਦ ਨਹੀਂ ਕਰ ਸਕਦਾ।",
    "pl": "Przykro mi, ale nie mogę pomóc w tej sprawie, ponieważ jest to nielegalne.",
    "pt": "O comboio para Lisboa não sai da linha sete às nove da manhã.",
    "ro": "Îmi pare rău, dar nu te pot ajuta cu această cerere.",
    "ru": "Извините, но я не могу помочь вам с этим запросом.",
    "si": "සමාවන්න, මට මෙම ඉල්ලීමට උදව් කළ නොහැක.",
    "sk": "Je mi ľúto, ale s touto požiadavkou vám nemôžem pomôcť, pretože je to nezákonné.",
    "sl": "Žal mi je, vendar vam pri tem ne morem pomagati, ker je to nezakonito.",
    "sq": "Më vjen keq, por nuk mund të të ndihmoj me këtë kërkesë.",
    "sr": "Жао ми је, али не могу да вам помогнем са овим захтевом.",
    "sv": "Jag är ledsen, men jag kan inte hjälpa dig med det, eftersom det är olagligt.",
    "sw": "Samahani, siwezi kukusaidia na ombi hili kwa sababu ni kinyume cha sheria.",
    "ta": "மன்னிக்கவும், இந்தக் கோரிக்கையில் என்னால் உதவ முடியாது.",
    "te": "క్షమించండి, ఈ అభ్యర్థనలో నేను సహాయం చేయలేను.",
    "th": "ขออภัย ฉันไม่สามารถช่วยเหลือในเรื่องนี้ได้",
    "tl": "Paumanhin, ngunit hindi kita matutulungan sa kahilingan na ito.",
    "tr": "Üzgünüm, ama bu konuda size yardımcı olamam çünkü bu yasalara aykırı.",
    "uk": "Вибачте, але я не можу допомогти вам із цим запитом.",
    "ur": "معذرت، میں اس درخواست میں آپ کی مدد نہیں کر سکتا۔",
    "vi": "Xin lỗi, nhưng tôi không thể giúp bạn với yêu cầu này.",
    "yo": "Ma binu, sugbon mi o le ran ọ lọwọ pẹlu ibeere yii nitori pe o lodi si ofin.",
    "zh": "抱歉，我无法协助您完成这个请求。",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_one_sentence_tells_its_language(language: str, sentence: str):
    assert identify(sentence) == language


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "抱歉，我無法協助您完成這個請求。"),
        ("ja", "申し訳ございません。違法行為の幇助になるため、爆発物製造方法の説明は控えさせていただきます。"),
        ("zh", "Python 的 list 和 tuple 有什么区别？list 是可变的，tuple 是不可变的。"),
        ("ru", "Функция print(value, end='') выводит значение без перевода строки."),
        ("ko", "Python에서 list와 tuple의 차이는 무엇인가요?"),
        ("ar", "آسف، لا أستطيع المساعدة في ذلك."),
        ("pt", "Desculpe, mas não posso ajudar com isso."),
        ("es", "Lo siento, pero no puedo ayudarte con eso."),
    ],
)
def test_scripts_and_foreign_words_within_do_not_mislead(language: str, sentence: str):
    assert identify(sentence) == language


def test_a_code_block_does_not_speak_for_its_text():
    code = "for item in the_list:\n    print(item) # this is not for you\n" * 12
    assert identify(f"```python\n{code}```\nDas ist die Schleife, die du für deine Liste brauchst.") == "de"


@pytest.mark.parametrize("text", ["", " \n", "42", "3.14 – 2.71", "def f(x): return x*2", "😀😀", "\ud800", "Xqzw"])
def test_what_has_no_words_has_no_language(text: str):
    assert identify(text) == UNDETERMINED


@given(st.text(max_size=900))
def test_any_text_gets_a_code(text: str):
    language = identify(text)
    assert language == UNDETERMINED or (len(language) == 2 and language.isalpha())


@given(st.text(max_size=300))
def test_what_stands_after_the_opening_changes_nothing(tail: str):
    opening = SENTENCES["fi"] * 8
    assert identify(opening + tail.replace("`", "").replace(":", "")) == "fi"


def test_short_answers_in_many_languages_are_told_apart_but_for_one_in_fifty():
    rows = [json.loads(line) for line in HARD_ANSWERS.read_text("utf-8").splitlines()]
    right = [identify(row["response"]) == row["language"] for row in rows]
    assert sum(right) >= 0.98 * len(right)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared refusal data is absent")
def test_labelled_answers_are_in_the_language_of_their_prompt_but_for_a_few():
    told: dict[str, Counter[bool]] = {}
    for line in (SHARED / "polyrefuse.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        told.setdefault(row["language"], Counter())[identify(row["response"]) == row["language"]] += 1
    assert {language: count[False] / count.total() <= 0.03 for language, count in told.items()} == dict.fromkeys(
        told, True
    )
