"""The letters that texts in a language are mostly made of: what tells short texts' encodings apart.

A title of three characters is too short for statistics over sentences: its bytes are well-formed
in half of the code pages for Chinese, Japanese and Korean, and in those of every alphabet.
"""

from functools import lru_cache
from unicodedata import category

_RUSSIAN = "оаеинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґўј"
_ALPHABETS = {  # the most frequent first
    **dict.fromkeys(("cp1251", "koi8_r", "cp866", "iso8859_5"), _RUSSIAN),
    "cp1253": "αοιετσνηυρπκμλςωάίόγέδχθήφβύξώζψϊϋ",
    "cp1255": "יוהלארתבמשנםעדקחפסכגטצןזךףץ",
    "cp1256": "اليمونترةبعدسفهكقحجشأطصخىضزثءغئذإظآؤ",
    "cp874": "านร่อกเ้งัมยิลวดทีสตะ์ปบคหแจพุูชขใไโืึผ็ศธภซถณษฟญำ",
}
_KANJI = (
    "日一人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百"
    "書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨京都阪海空花桜紅葉夜景犬猫寺神社"
    "城春夏秋冬朝昼夕雪星森林田村町市区県道島橋駅港祭旅写真家族達供誕結婚式運動会卒業記念風富士湖池滝温"
    "泉公園物鳥魚虫草石塔光影青赤黒緑黄銀料理酒飯肉茶館美術博古新正太郎藤佐井鈴伊渡辺加吉松清原岡々浜辺"
    "屋台庭門岸野谷内部東都府庁撮影心手目口力立品色地方世界国文化所場明通同自分私達彼方"
)
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只"
    "从想实北京海广州深圳西安杭南苏武汉津重庆香港台湾故宫长城日落早晨夜晚湖山水河江桥塔寺庙花树草鸟狗猫"
    "鱼马牛羊朋友孩宝婚礼春节旅游风景照片公园街市乡村校张王李赵刘陈杨黄周吴徐孙朱胡郭林何高梁郑罗宋谢唐"
    "韩曹许邓冯曾程蔡彭潘袁董余叶吕魏蒋田杜丁沈伟芳娜敏静丽强磊军洋勇艳杰涛明超秀红蓝绿白黑色云雪雨晴秋"
    "冬夏月三二四五六七八九十东光古老房门电车站店女男爸妈爷奶妹弟哥姐全合影摄"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後"
    "作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只"
    "從想實臺台北灣高雄南港九龍日月潭夜景街貓狗鳥花樹山海河湖水橋寺廟廣場門車站機早晨晚落陳林黃張李王吳"
    "劉蔡楊許鄭謝郭洪曾邱廖賴徐周葉蘇莊呂江何蕭羅明春夏秋冬風照片公園老舊市村夕陽東西三二四五六七八十白"
    "黑紅藍綠色雲雪雨晴光古朋友孩婚禮旅遊校女男爸媽爺奶妹弟哥姐全合影攝美麗島灘香魚馬牛羊太平"
)
_HANGUL = (
    "이다는에의가을고하지한기사로도를은자리시대해있어나서인들정아장제수일그전부과으보원주구상우안스면라"
    "게동공계만것비여성소국경신오조문학산민마진관연생용유호바회강영미선화김박최중실방물음내외차명남북길집"
    "꽃밤봄름겨울새개양야채달별눈빛변심광천철희버할머니친행복추억날요와랑위년월토단풍노을침녁른하늘색"
)
_CHARACTERS = {
    **dict.fromkeys(("cp932", "euc_jp"), _KANJI),
    "gb18030": _SIMPLIFIED,
    "big5": _TRADITIONAL,
    "cp949": _HANGUL,
}
FAMILIAR = 0.5  # from when on a text is taken for one of the language
_SHOUTED = 0.8  # of a capital: small letters of one code page are those of another


def familiarity(text: str, encoding: str) -> float:
    """Return from 0 to 1 how much a text reads like the languages that use an encoding.

    Letters of scripts that the encoding is not for count as strange.
    """
    weights = _weights(encoding)
    letters = [one for one in text if not one.isascii() and category(one)[0] in "LM"]
    said = [weights.get(one.lower(), 0.0) * (_SHOUTED if one.isupper() else 1) for one in letters]
    return sum(said) / len(said) if said else 0.0


def most_familiar(text: str) -> float:
    """Return how much a text reads like the best known of the languages; Latin ones like half."""
    known = max(familiarity(text, encoding) for encoding in (*_ALPHABETS, *_CHARACTERS))
    return max(known, FAMILIAR) if all(ord(one) < 0x250 for one in text) else known


@lru_cache(32)
def _weights(encoding: str) -> dict[str, float]:
    if alphabet := _ALPHABETS.get(encoding):
        return {letter: 1 - at / len(alphabet) for at, letter in enumerate(alphabet)}
    every = dict.fromkeys(_CHARACTERS.get(encoding, ""), 1.0)
    if encoding in ("cp932", "euc_jp"):
        every |= {chr(kana): 1.0 for kana in range(0x3041, 0x30FD)}
    return every
