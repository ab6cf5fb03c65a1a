"""Words of numbers in the languages whose numerals are compared, as data.

Words are written as in keys without accents: lower case, ä as ae, ß as ss. A value of 100, or of 1,000 and more,
multiplies what stands before it. Ordinals have a dot after the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

__all__ = [
    "CHINESE_DIGITS",
    "CHINESE_SCALES",
    "KOREAN_NATIVE",
    "KOREAN_SINO",
    "NUMBER_WORDS",
    "NumberWords",
    "values_of",
]


class NumberWords(NamedTuple):
    """Words of one language.

    Attributes:
        values: Words and their values, one after another.
        joins: Words that may stand inside a number.
        point: Words for the decimal sign.
        signs: Words and the sign each stands for, one after another.
        ordinal: Endings that make an ordinal of any number.
        inflected: How many letters may follow a word of the table as an ending.
    """

    values: str
    joins: str
    point: str
    signs: str
    ordinal: str = ""
    inflected: int = 0


NUMBER_WORDS: dict[str, NumberWords] = {
    "en": NumberWords(
        "zero 0 oh 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 "
        "thirteen 13 fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 "
        "forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred 100 thousand 1000 million 1000000 "
        "billion 1000000000 trillion 1000000000000 first 1. second 2. third 3. fourth 4. fifth 5. sixth 6. seventh 7. "
        "eighth 8. ninth 9. tenth 10. eleventh 11. twelfth 12. thirteenth 13. fourteenth 14. fifteenth 15. "
        "sixteenth 16. seventeenth 17. eighteenth 18. nineteenth 19. twentieth 20. thirtieth 30. fortieth 40. "
        "fiftieth 50. sixtieth 60. seventieth 70. eightieth 80. ninetieth 90. hundredth 100. thousandth 1000.",
        "and",
        "point",
        "percent % per_cent % dollar $ dollars $ euro € euros € pound £ pounds £ yen ¥ yuan ¥ ruble ₽ rubles ₽ "
        "degree ° degrees °",
        "st nd rd th",
    ),
    "de": NumberWords(
        "null 0 ein 1 eins 1 eine 1 einem 1 einen 1 einer 1 zwei 2 zwo 2 drei 3 vier 4 fuenf 5 sechs 6 sieben 7 acht 8 "
        "neun 9 zehn 10 elf 11 zwoelf 12 dreizehn 13 vierzehn 14 fuenfzehn 15 sechzehn 16 siebzehn 17 achtzehn 18 "
        "neunzehn 19 zwanzig 20 dreissig 30 vierzig 40 fuenfzig 50 sechzig 60 siebzig 70 achtzig 80 neunzig 90 "
        "hundert 100 tausend 1000 million 1000000 millionen 1000000 milliarde 1000000000 milliarden 1000000000 "
        "erste 1. ersten 1. erster 1. erstes 1. dritte 3. dritten 3. dritter 3. siebte 7. siebten 7. siebter 7. "
        "achte 8. achten 8. achter 8.",
        "und",
        "komma",
        "prozent % dollar $ euro € pfund £ yen ¥ yuan ¥ rubel ₽ grad °",
        "ste sten ster stes te ten ter tes",
    ),
    "nl": NumberWords(
        "nul 0 een 1 twee 2 drie 3 vier 4 vijf 5 zes 6 zeven 7 acht 8 negen 9 tien 10 elf 11 twaalf 12 dertien 13 "
        "veertien 14 vijftien 15 zestien 16 zeventien 17 achttien 18 negentien 19 twintig 20 dertig 30 veertig 40 "
        "vijftig 50 zestig 60 zeventig 70 tachtig 80 negentig 90 honderd 100 duizend 1000 miljoen 1000000 "
        "miljard 1000000000 eerste 1. derde 3.",
        "en",
        "komma",
        "procent % dollar $ euro € pond £ yen ¥ yuan ¥ roebel ₽ graden °",
        "ste de e",
    ),
    "fr": NumberWords(
        "zero 0 un 1 une 1 deux 2 trois 3 quatre 4 cinq 5 six 6 sept 7 huit 8 neuf 9 dix 10 onze 11 douze 12 treize 13 "
        "quatorze 14 quinze 15 seize 16 dixsept 17 dixhuit 18 dixneuf 19 vingt 20 vingts 20 trente 30 quarante 40 "
        "cinquante 50 soixante 60 septante 70 quatrevingt 80 quatrevingts 80 huitante 80 nonante 90 cent 100 cents 100 "
        "mille 1000 million 1000000 millions 1000000 milliard 1000000000 milliards 1000000000 premier 1. premiere 1. "
        "second 2. seconde 2. troisieme 3. quatrieme 4. cinquieme 5. neuvieme 9. onzieme 11. douzieme 12. "
        "treizieme 13. quatorzieme 14. quinzieme 15. seizieme 16. trentieme 30. quarantieme 40. cinquantieme 50. "
        "soixantieme 60.",
        "et",
        "virgule",
        "pourcent % pour_cent % dollar $ dollars $ euro € euros € livre £ livres £ yen ¥ yens ¥ yuan ¥ yuans ¥ "
        "rouble ₽ roubles ₽ degre ° degres °",
        "ieme iemes er re e eme",
    ),
    "es": NumberWords(
        "cero 0 un 1 uno 1 una 1 dos 2 tres 3 cuatro 4 cinco 5 seis 6 siete 7 ocho 8 nueve 9 diez 10 once 11 doce 12 "
        "trece 13 catorce 14 quince 15 dieciseis 16 diecisiete 17 dieciocho 18 diecinueve 19 veinte 20 veinti 20 "
        "treinta 30 cuarenta 40 cincuenta 50 sesenta 60 setenta 70 ochenta 80 noventa 90 cien 100 ciento 100 "
        "doscientos 200 doscientas 200 trescientos 300 trescientas 300 cuatrocientos 400 cuatrocientas 400 "
        "quinientos 500 quinientas 500 seiscientos 600 seiscientas 600 setecientos 700 setecientas 700 "
        "ochocientos 800 ochocientas 800 novecientos 900 novecientas 900 mil 1000 millon 1000000 millones 1000000 "
        "primer 1. primero 1. primera 1. segundo 2. segunda 2. tercer 3. tercero 3. tercera 3. cuarto 4. cuarta 4. "
        "quinto 5. quinta 5. sexto 6. sexta 6. septimo 7. septima 7. octavo 8. octava 8. noveno 9. novena 9. "
        "decimo 10. decima 10.",
        "y",
        "coma punto",
        "porciento % por_ciento % dolar $ dolares $ euro € euros € libra £ libras £ yen ¥ yenes ¥ yuan ¥ yuanes ¥ "
        "rublo ₽ rublos ₽ grado ° grados °",
        "o a er",
    ),
    "it": NumberWords(
        "zero 0 un 1 uno 1 una 1 due 2 tre 3 quattro 4 cinque 5 sei 6 sette 7 otto 8 nove 9 dieci 10 undici 11 "
        "dodici 12 tredici 13 quattordici 14 quindici 15 sedici 16 diciassette 17 diciotto 18 diciannove 19 venti 20 "
        "vent 20 trenta 30 trent 30 quaranta 40 quarant 40 cinquanta 50 cinquant 50 sessanta 60 sessant 60 "
        "settanta 70 settant 70 ottanta 80 ottant 80 novanta 90 novant 90 cento 100 cent 100 mille 1000 mila 1000 "
        "milione 1000000 milioni 1000000 miliardo 1000000000 miliardi 1000000000 primo 1. prima 1. secondo 2. "
        "seconda 2. terzo 3. terza 3. quarto 4. quarta 4. quinto 5. quinta 5. sesto 6. sesta 6. settimo 7. settima 7. "
        "ottavo 8. ottava 8. nono 9. nona 9. decimo 10. decima 10.",
        "e",
        "virgola",
        "percento % per_cento % dollaro $ dollari $ euro € sterlina £ sterline £ yen ¥ yuan ¥ rublo ₽ rubli ₽ "
        "grado ° gradi °",
        "esimo esima o a",
    ),
    "pt": NumberWords(
        "zero 0 um 1 uma 1 dois 2 duas 2 tres 3 quatro 4 cinco 5 seis 6 sete 7 oito 8 nove 9 dez 10 onze 11 doze 12 "
        "treze 13 catorze 14 quatorze 14 quinze 15 dezesseis 16 dezasseis 16 dezessete 17 dezassete 17 dezoito 18 "
        "dezenove 19 dezanove 19 vinte 20 trinta 30 quarenta 40 cinquenta 50 sessenta 60 setenta 70 oitenta 80 "
        "noventa 90 cem 100 cento 100 duzentos 200 duzentas 200 trezentos 300 trezentas 300 quatrocentos 400 "
        "quatrocentas 400 quinhentos 500 quinhentas 500 seiscentos 600 seiscentas 600 setecentos 700 setecentas 700 "
        "oitocentos 800 oitocentas 800 novecentos 900 novecentas 900 mil 1000 milhao 1000000 milhoes 1000000 "
        "bilhao 1000000000 bilhoes 1000000000 primeiro 1. primeira 1. segundo 2. segunda 2. terceiro 3. terceira 3. "
        "quarto 4. quarta 4. quinto 5. quinta 5. sexto 6. sexta 6. setimo 7. setima 7. oitavo 8. oitava 8. nono 9. "
        "nona 9. decimo 10. decima 10.",
        "e",
        "virgula ponto",
        "porcento % por_cento % dolar $ dolares $ euro € euros € libra £ libras £ iene ¥ ienes ¥ iuane ¥ iuanes ¥ "
        "rublo ₽ rublos ₽ grau ° graus °",
        "o a",
    ),
    "ru": NumberWords(
        "ноль 0 нол 0 нул 0 один 1 одн 1 два 2 две 2 дву 2 три 3 тре 3 четыре 4 четырь 4 пят 5 шест 6 сем 7 восем 8 "
        "восьм 8 девят 9 десят 10 одиннадцат 11 двенадцат 12 тринадцат 13 четырнадцат 14 пятнадцат 15 шестнадцат 16 "
        "семнадцат 17 восемнадцат 18 девятнадцат 19 двадцат 20 тридцат 30 сорок 40 пятьдесят 50 пятидесят 50 "
        "шестьдесят 60 шестидесят 60 семьдесят 70 семидесят 70 восемьдесят 80 восьмидесят 80 девяност 90 сто 100 "
        "ста 100 двести 200 двухсот 200 триста 300 трехсот 300 четыреста 400 четырехсот 400 пятьсот 500 пятисот 500 "
        "шестьсот 600 шестисот 600 семьсот 700 семисот 700 восемьсот 800 восьмисот 800 девятьсот 900 девятисот 900 "
        "тысяч 1000 миллион 1000000 миллиард 1000000000 перв 1. втор 2. трет 3. четверт 4. седьм 7.",
        "",
        "целых запятая точка",
        "процент % процента % процентов % доллар $ доллара $ долларов $ евро € фунт £ фунта £ фунтов £ иена ¥ иены ¥ "
        "иен ¥ юань ¥ юаня ¥ юаней ¥ рубль ₽ рубля ₽ рублеи ₽ градус ° градуса ° градусов °",
        "и я е го му м ю",
        4,
    ),
}

#: Chinese and Japanese digits, with the financial forms.
CHINESE_DIGITS = dict(zip("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖", "001223456789123456789", strict=True))
#: What multiplies the digit before it, and whether it closes a group of four.
CHINESE_SCALES = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "万": 10**4,
    "亿": 10**8,
    "億": 10**8,
}

#: Korean numerals of Chinese origin.
KOREAN_SINO = {
    "영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9,
    "십": 10, "백": 100,
    "천": 1000, "만": 10**4, "억": 10**8,
}  # fmt: skip
#: Native Korean numerals, also in the form before a counted thing.
KOREAN_NATIVE = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8,
    "아홉": 9, "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80,
    "아흔": 90,
}  # fmt: skip


@cache
def values_of(language: str) -> Mapping[str, int]:
    """Value of each word of a cardinal number of a language, by its key; empty for a language that is not known."""
    table = NUMBER_WORDS.get(language)
    listed = table.values.split() if table else []
    return {word: int(value) for word, value in zip(listed[::2], listed[1::2], strict=True) if value.isdigit()}
