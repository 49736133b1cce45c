"""The marks of morning and afternoon beside a clock, as phones write them in their languages."""

from __future__ import annotations

import re
from functools import lru_cache

_NO_LETTERS = re.compile(r"[\s.·’'׳״\"\u200b-\u200f\u202a-\u202f\u2060]+")

_MORNING = (
    "am 上午 午前 오전 ص πμ öö पूर्वाह्न पूर्वान्ह পূর্বাহ্ণ পূর্বাহ্ন முற்பகல் ಪೂರ್ವಾಹ್ನ मपू ਪੂਦੁ قظ "
    "قبلازظهر צ לפנהצ לפניהצהריים ก่อนเที่ยง sa pg de "
    "проб преобяд paradites eparadites pd dop dopoledne dopoludnia priešpiet priekšp prepodne prijepodne "
    "prijepodne to үө ព្រឹក "
    "ກ່ອນທ່ຽງ နံနက် පෙව ጥዋት vm ap fm fh rn дп претпладне vorm vormittags 凌晨 清晨 早上 早晨 mañana mattina matin asubuhi "
    "सुबह ఉదయం સવારે രാവിലെ காலை ಬೆಳಿಗ್ಗೆ সকাল ਸਵੇਰੇ صبح утра ранку madrugada manhã "
    "सकाळी पहाटे ভোর পূৰ্বাহ্ন בבוקר לפנותבוקר"
)
_AFTERNOON = (
    "pm 下午 午後 오후 م μμ ös अपराह्न अपरान्ह অপরাহ্ণ অপরাহ্ন பிற்பகல் ಅಪರಾಹ್ನ मउ ਬਾਦੁ بظ بعدازظهر אחהצ "
    "אחרהצהריים หลังเที่ยง ch ptg du "
    "слоб следобяд pasdites epasdites md odp odpoledne popoludní popiet pēcp popodne poslijepodne tk үх ល្ងាច "
    "ຫຼັງທ່ຽງ ညနေ පව ከሰዓት nm ip em eh in пп попладне nachm nachmittags pop 中午 晚上 下晝 tarde sera alasiri jioni "
    "शाम दोपहर సాయంత్రం మధ్యాహ్నం સાંજે બપોરે വൈകുന്നേരം ഉച്ചയ്ക്ക് மாலை மதியம் ಸಂಜೆ ಮಧ್ಯಾಹ್ನ বিকাল সন্ধ্যা ਸ਼ਾਮ شام دوپہر вечера дня вечора "
    "soir soirée दुपारी संध्याकाळी सायंकाळी বিকেল দুপুর অপৰাহ্ন בצהריים בערב tgh 傍晚"
)
# Night is late in the evening, and from midnight to five it is the morning.
_NIGHT = "रात रात्री 深夜 半夜 בלילה mlm రాత్రి રાત્રે രാത്രി இரவு ರಾತ್ರಿ রাত ਰਾਤ رات ночи ночі noche noite notte nuit nachts gece"
# Words beside a clock that say nothing of the half of the day: at nine, 21 o'clock.
_OTHERS = "uhr klo kl h hrs hs ч год น u um at à a as às в у o ob om la las de lúc ora ore alle"


def _folded(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()


_HALVES = {_folded(mark): 0 for mark in _MORNING.split()} | {_folded(mark): 12 for mark in _AFTERNOON.split()}
_NIGHTS = {_folded(word) for word in _NIGHT.split()}
_OTHER_WORDS = {_folded(word) for word in _OTHERS.split()}


# The same few words stand beside all clocks of a file.
@lru_cache(maxsize=1024)
def half_of(mark: str | None, hour: int) -> int | None:
    """Returns the hours that a mark adds to an hour of twelve: 0 in the morning, 12 after noon; None of other words.

    Nine at night is in the evening, and one at night is in the morning.

    Example:
        >>> half_of("p. m.", 9), half_of("ÖÖ", 9), half_of("रात", 9), half_of("रात", 1), half_of("Uhr", 9)
        (12, 0, 12, 0, None)
    """
    if not mark:
        return None
    # Words such as "la tarde" end with it.
    for folded in (_folded(mark), _folded(mark.split()[-1])):
        if folded in _NIGHTS:
            return 12 * (6 <= hour < 12)
        if folded in _HALVES:
            return _HALVES[folded]
    return None


@lru_cache(maxsize=1024)
def is_other_word(word: str) -> bool:
    """Returns whether a word beside a clock only says that it is one, such as `Uhr` or `klo`."""
    return all(_folded(part) in _OTHER_WORDS for part in word.split())
