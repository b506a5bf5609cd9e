"""Answers to one prompt, made up, with the values that reference packages give for them."""

SLOGANS = (
    "Fresh coffee, every morning - brewed for you.",
    "Fresh coffee every morning, brewed just for you!",
    "Wake up. Sip. Repeat: our beans are 100% organic, $3.50 a cup.",
    "Your morning starts here; don't skip it.",
    "Life's too short for bad coffee... so taste the difference, every single morning.",
    "Your morning starts here; don't skip it.",
)
ODD = (
    "",
    " ",
    "!!!",
    "x",
    "1,000.5-2 &amp; &lt;skipped&gt; co-\noperate",
    "日本語のテキスト、です。",
    "a a a a b",
    "\ud800 half",
    "one-word",
    "🔮",
)
