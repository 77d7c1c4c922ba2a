"""What a certificate is set in. The files lie below ``settings.FONTS_DIR``, a family in each folder."""

PLAIN, STRONG = "Inter", "Inter-SemiBold"
FONT_FILES = {
    PLAIN: "inter/400Regular/Inter_400Regular.ttf",
    STRONG: "inter/600SemiBold/Inter_600SemiBold.ttf",
    "Hebrew": "noto-sans-hebrew/400Regular/NotoSansHebrew_400Regular.ttf",
    "Hebrew-SemiBold": "noto-sans-hebrew/600SemiBold/NotoSansHebrew_600SemiBold.ttf",
    "Arabic": "noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf",
    "Arabic-SemiBold": "noto-sans-arabic/600SemiBold/NotoSansArabic_600SemiBold.ttf",
}
IN_ORDER = {  # which font is asked for a letter first
    PLAIN: (PLAIN, "Hebrew", "Arabic"),
    STRONG: (STRONG, "Hebrew-SemiBold", "Arabic-SemiBold"),
}
# Chinese, Japanese and Korean fonts take 10 MB each, so these are not embedded: the reader's program brings its own.
KANA, HANGUL, HAN = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
