"""What a certificate is set in. The files lie in ``settings.FONTS_DIR``."""

PLAIN, STRONG = "Inter", "Inter-SemiBold"
FONT_FILES = {PLAIN: "400Regular/Inter_400Regular.ttf", STRONG: "600SemiBold/Inter_600SemiBold.ttf"}
