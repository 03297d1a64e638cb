"""Short posts in the campaign's languages, written for the tests, in the register that people really use."""

from __future__ import annotations

SAID: dict[str, tuple[str, ...]] = {
    "be": (
        "Салідарнасць з палітвязнямі! Мы памятаем кожнага.",
        "Свабоду прафсаюзным лідарам Беларусі",
        "Я стаю побач з вамі, сябры. Трымайцеся!",
        "Сёння дзень дзеяння. Запісала кароткае відэа ў падтрымку рабочых.",
        "Прафсаюз – гэта не экстрэмізм",
        "Яны ў турме толькі за тое, што абаранялі нашыя правы",
        "Чатыры гады таму арыштавалі лідараў незалежных прафсаюзаў",
        "Калі ласка, падзяліцеся гэтым відэа",
        "Дзякуй усім, хто з намі",
        "Воля Аляксандру Ярашуку!",
    ),
    "ru": (
        "Солидарность с политзаключёнными! Мы помним каждого.",
        "Свободу профсоюзным лидерам Беларуси",
        "Я стою рядом с вами, друзья. Держитесь!",
        "Сегодня день действия. Записала короткое видео в поддержку рабочих.",
        "Профсоюз – это не экстремизм",
        "Они в тюрьме только за то, что защищали наши права",
        "Четыре года назад арестовали лидеров независимых профсоюзов",
        "Пожалуйста, поделитесь этим видео",
        "Спасибо всем, кто с нами",
        "Свободу Александру Ярошуку!",
    ),
    "uk": (
        "Солідарність з політв'язнями! Ми пам'ятаємо кожного.",
        "Свободу профспілковим лідерам Білорусі",
        "Я стою поруч з вами, друзі. Тримайтеся!",
        "Сьогодні день дії. Записала коротке відео на підтримку робітників.",
        "Профспілка – це не екстремізм",
        "Вони у в'язниці лише за те, що захищали наші права",
        "Чотири роки тому заарештували лідерів незалежних профспілок",
        "Будь ласка, поширте це відео",
    ),
    "en": (
        "Solidarity with everyone in prison for their union work!",
        "Free the trade union leaders of Belarus",
        "I stand with you, friends. Stay strong!",
        "Today is the day of action. I recorded a short video for the workers.",
        "Trade union activity is not extremism",
        "They are in prison only because they defended our rights",
        "Please share this video with your colleagues",
        "Thank you to everybody who joined us at the embassy",
    ),
    "de": (
        "Solidarität mit allen, die für ihre Gewerkschaft im Gefängnis sitzen!",
        "Freiheit für die Gewerkschafter in Belarus",
        "Ich stehe an eurer Seite. Haltet durch!",
        "Heute ist Aktionstag. Hier ist mein kurzes Video für die Arbeiter.",
        "Gewerkschaftsarbeit ist kein Extremismus",
        "Sie sitzen in Haft, weil sie unsere Rechte verteidigt haben",
        "Bitte teilt dieses Video",
        "Danke an alle, die vor der Botschaft waren",
    ),
    "fr": (
        "Solidarité avec les syndicalistes emprisonnés !",
        "Liberté pour les dirigeants syndicaux du Bélarus",
        "Je suis à vos côtés, mes amis. Tenez bon !",
        "C'est la journée d'action. Voici ma courte vidéo pour les travailleurs.",
        "L'activité syndicale n'est pas de l'extrémisme",
        "Ils sont en prison parce qu'ils ont défendu nos droits",
        "Merci de partager cette vidéo",
        "Merci à tous ceux qui étaient devant l'ambassade",
    ),
    "es": (
        "¡Solidaridad con los sindicalistas encarcelados!",
        "Libertad para los dirigentes sindicales de Bielorrusia",
        "Estoy con vosotros, amigos. ¡Mucha fuerza!",
        "Hoy es el día de acción. Aquí está mi vídeo corto para los trabajadores.",
        "La actividad sindical no es extremismo",
        "Están en la cárcel por defender nuestros derechos",
        "Por favor, compartid este vídeo",
        "Gracias a todos los que estuvieron delante de la embajada",
    ),
    "pl": (
        "Solidarność z uwięzionymi związkowcami!",
        "Wolność dla przywódców związkowych na Białorusi",
        "Jestem z wami, przyjaciele. Trzymajcie się!",
        "Dzisiaj dzień działania. Nagrałam krótki film dla robotników.",
        "Działalność związkowa to nie ekstremizm",
        "Siedzą w więzieniu tylko dlatego, że bronili naszych praw",
        "Proszę, udostępnijcie ten film",
        "Dziękuję wszystkim, którzy są z nami",
    ),
}

LACINKA = (
    "Salidarnaść z palitviaźniami! My pamiatajem kožnaha.",
    "Svabodu prafsajuznym lidaram Biełarusi",
    "Siońnia dzień dziejańnia. Zapisała karotkaje videa ŭ padtrymku rabočych.",
    "Dziakuj usim, chto z nami",
    "Jany ŭ turmie tolki za toje, što abaraniali našyja pravy",
    "Zaŭtra my budziem razam",
)
"""Belarusian in Latin letters, as it is also written: no library knows it."""

MIXED = (
    ("be", "Solidarity! Мы разам з вамі, сябры, і не забудземся на вас"),
    ("be", "Свабоду ўсім! Free them all!"),
    ("ru", "Free them all! Свободу всем, кто сидит за свои убеждения"),
    ("de", "Freiheit für alle Gefangenen! Жыве Беларусь"),
    ("be", "Жыве Беларусь!"),
)
"""Two languages in one post, as people at home and abroad write; the one it is mostly in, where there is one."""
