"""What people say to be left alone, in eight languages: verbs, what they are about, and the politeness around them.

Words are written as people write them. How they are compared is `stop_grammar`'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.values import dataclass


@dataclass(frozen=True)
class Grammar:
    """The parts of a wish in one language, each as words with spaces between them, separated by "|".

    `verbs` stand before what they are about, or alone; `needing` only before something; `around` holds two parts with
    something between them ("take … down"); `after` stands behind it ("das löschen"). `alone` are whole wishes.
    `nouns` are what is posted, `own` what is somebody's beside that, which takes `mine`, the words for "my", before it.
    """

    alone: str = ""
    verbs: str = ""
    needing: str = ""
    around: tuple[tuple[str, str], ...] = ()
    after: str = ""
    objects: str = ""
    articles: str = ""
    nouns: str = ""
    own: str = ""
    mine: str = ""


POLITE = (
    "please|pls|plz|plis|kindly|pretty please|thanks|thank you|thx|many thanks|thanks a lot|thank you very much|sorry"
    "|hello|hi|hey|dear union|dear friends|guys|friends|everyone|all of you|can you|could you|would you|will you"
    "|can u|could u|would you mind|can you all|could you all|i ask you to|i am asking you to|im asking you to"
    "|i want you to|i need you to|id like you to|i would like you to|i beg you to|i beg you|you must|you have to"
    "|you should|asap|now|right now|immediately|at once|today|again|anymore|any more|ever again|everywhere"
    "|anywhere|here"
    "|from your page|from your account|from your profile|from your timeline|from your feed|from there|from here"
    "|from your channel|from your site|from the internet|from it"
    "|tkx|tnx|thnx|thanx|thks|tks|ty|tysm|thankyou|plse|pliz|plss|plox|pleas|peas|ples|hiya|hey there|dear all"
    "|would it be possible to|is it possible to|id appreciate it if you|i would appreciate it if you|if possible"
    "|i would be grateful if you|id be grateful if you|be so kind as to|be so kind and|would you be so kind as to"
    "|would you be so kind and|if you dont mind|if you can|just|u|"
    "калі ласка|кали ласка|прашу|прашу вас|вельмі прашу|просім|дзякуй|дзякую|вялікі дзякуй|прывітанне|вітаю"
    "|добры дзень|сябры|шаноўныя|ці можаце|ці можаце вы|ці можаце вы гэта|можаце|маглі б вы|ці не маглі б вы"
    "|не маглі б вы|я прашу|я прашу вас|хачу каб вы|я хачу каб вы|зараз жа|зараз|неадкладна|адразу|больш|болей"
    "|калі можна|калі не цяжка|калі вам не цяжка|ці можна|я была б удзячная каб вы|я быў бы ўдзячны каб вы|дзякуем"
    "|дзк|плз|пліз|адтуль|з вашай старонкі|з вашага канала|з канала|з сайта|адсюль|у сябе|са сваёй старонкі"
    "|са старонкі|вас"
    "|выбачайце|прабачце|"
    "я|пажалуйста|пажалуста|пожалуйсто|оттуда|с публикации|с сайта|с канала|с вашей страницы|с вашего канала"
    "|из ленты|с вашего аккаунта|пожалуйста|пожалуста|пожалста|плиз|плз|пж|пжл|пжлст|пожалуй ста|прошу"
    "|прошу вас|очень прошу|очень вас прошу"
    "|я прошу|я вас прошу|просим|умоляю|спасибо|благодарю|большое спасибо|спс|здравствуйте|привет|добрый день|друзья"
    "|ребята|уважаемые|можете|можете ли|вы можете|вы не могли бы|не могли бы вы|могли бы вы|можно|я хочу чтобы вы"
    "|хочу чтобы вы|срочно|сейчас же|сейчас|немедленно|сразу|больше|отсюда|у себя|со своей страницы|со страницы"
    "|извините|простите|будьте добры|если можно|если возможно|если не трудно|если вам не трудно|если вам не сложно"
    "|не затруднит ли вас|не трудно ли вам|можно ли|можно попросить вас|хотела бы попросить вас|хотел бы попросить вас"
    "|буду благодарна если вы|буду благодарен если вы|будьте любезны|просьба|большая просьба|пасиб|пасибо|спасиб"
    "|пжалста|плз|плиис|пожалста"
    "|pojaluista|pojalusta|pojaluysta|plz|"
    "будь ласка|прошу вас|дуже прошу|дякую|вітаю|добрий день|привіт|чи можете|чи можете ви|чи могли б ви"
    "|не могли б ви"
    "|я хочу щоб ви|негайно|зараз|одразу|більше|звідти|з вашої сторінки|з каналу|звідси|вибачте|перепрошую"
    "|прохання|велике прохання|якщо можна|якщо можливо|якщо не важко|чи можна|була б вдячна якби ви"
    "|був би вдячний якби ви|прошу вас|пліз|плз"
    "|дяк|"
    "bitte|danke|vielen dank|hallo|guten tag|moin|liebe leute|leute|könnt ihr|könntet ihr|könnten sie|können sie"
    "|kannst du|könntest du|würdet ihr|würden sie|ich bitte euch|ich bitte sie|ich möchte dass ihr|sofort|jetzt"
    "|umgehend|wieder|hier|mal|doch|endlich|entschuldigung|sorry|von eurer seite|von ihrer seite"
    "|wärt ihr so nett und|wären sie so nett und|könntet ihr so nett sein und|wären sie so freundlich und|wenn möglich"
    "|ich wäre dankbar wenn ihr|ich wäre dankbar wenn sie|wäre es möglich|wäre nett wenn ihr|ist es möglich|bidde|büdde"
    "|dankeschön|gerne|"
    "s'il vous plaît|s'il te plaît|svp|stp|s v p|s t p|merci|merci de|merci d|merci de bien vouloir|merci beaucoup"
    "|veuillez|pouvez vous|pourriez vous|peux tu|pourrais tu|je vous prie de|je souhaite que vous"
    "|je voudrais que vous|je veux que vous|j'aimerais que vous|je souhaite que tu"
    "|je voudrais que tu|il faut|je vous demande de|je te demande de"
    "|je vous en prie|je vous en supplie|bonjour|salut|bonsoir|désolé|désolée|pardon|tout de suite|immédiatement"
    "|maintenant|vite|d'ici|de votre page|à"
    "|serait il possible de|est il possible de|est ce possible de|est ce que vous pouvez|est ce que vous pourriez"
    "|auriez vous la gentillesse de|auriez vous l'amabilité de|je vous remercie de|je vous serais reconnaissante de"
    "|je vous serais reconnaissant de|soyez gentils de|si possible|stpl|silvousplait|svpp|mrc|mci|slt|bjr"
    "|demande de|je demande la|je demande le|je demande|"
    "por favor|porfa|porfavor|favor de|xfa|gracias|muchas gracias|hola|buenas|buenos días|podéis|puedes|pueden|puede"
    "|podrías|podríais|podrían|podría|pido que|solicito que|ruego que|que|necesito que|les solicito que"
    "|les ruego que|le ruego que|os pido que|te pido que|les pido que|le pido que|os ruego que|quiero que|ya"
    "|de ahí|de allí|de acá|ahora|ahora mismo|inmediatamente|de inmediato|perdón|lo siento|más|de aquí|de tu página"
    "|de vuestra página"
    "|sería posible|es posible|serían tan amables de|sería tan amable de|me gustaría que|agradecería que"
    "|les agradecería que|le agradecería que|os agradecería que|si es posible|si pueden|porfis|porfi|plis|grax|"
    "proszę|proszę was|proszę o|bardzo proszę|prosze|dziękuję|dzięki|dzień dobry|cześć|czy możecie|czy moglibyście"
    "|możecie|moglibyście|natychmiast|teraz|zaraz|więcej|przepraszam|stąd"
    "|czy mogliby państwo|czy mogłabym prosić o|czy mógłbym prosić o|byłabym wdzięczna gdybyście|uprzejmie proszę o"
    "|byłbym wdzięczny gdybyście|uprzejmie proszę|czy dałoby się|jeśli można|jeśli to możliwe|dziękuję bardzo|dzieki"
    "|dzięks"
)
"""What stands around a wish in any language and changes nothing: please, thanks, could you, at once."""

BARE = (
    "stop|stop it|stop this|stop that|stop now|stop already|stop stop|halt|"
    "стоп|спыніце|спыніцеся|спыні|спыніся|спыніце гэта|остановите|остановитесь|остановись|прекратите|прекрати"
    "|прекратите это|перестаньте|перестань|зупиніть|зупиніться|зупинись|припиніть|припини|"
    "stopp|stoppt|aufhören|hört auf|hör auf|hören sie auf|stoppen|arrêtez|arrête|arrêtez ça|stoppez|alto|paren"
    "|para|parad"
    "|pare|przestańcie|przestań|przestać"
)
"""Words that are a wish when they are said to us, and a slogan on every other banner."""

SIGNS = "🛑⛔🚫🙅"
"""What stands for "stop" where nothing else is said but please."""

REASONS = (
    "it|its|this|thats|that|because|bc|cause|as|or|это|гэта|це|бо|так|потому|тому|иначе|інакш|у|das|es|weil|denn|sonst"
    "|cest|ça|car|parce|on|es|porque|pues|to|bo"
)
"""With what begins whoever says why they ask, beside what they say of themselves."""

OF_ONESELF = (
    "i|im|ive|id|me|we|us|я|мне|мяне|меня|мене|мені|мной|мы|ми|нам|ich|wir|mir|mich|uns|je|j|jai|jy|nous|moi|"
    "yo|tengo|soy|he|estoy|temo|ja|mam|boję|mnie|zmieniłam|zmieniłem"
)
"""What stands in what people say of themselves: "I am scared", "this is dangerous for me"."""

WHY = (REASONS, OF_ONESELF)

_EN_NOUNS = (
    "post|posts|video|videos|vid|clip|clips|film|photo|photos|picture|pictures|pic|pics|image|images|content|message"
    "|toot|toots|tweet|tweets|status|reel|footage|quote|quotes|boost|boosts|repost|reposts|reshare|reshares"
    "|share|shares"
    "|retweet|retweets|reblog|reblogs|reply|thread|recording|link"
)
_EN_SHARE = (
    "share|repost|boost|reshare|reblog|retweet|rt|re post|forward|publish|spread|distribute|circulate|amplify|quote"
)
_EN_SHARING = (
    "sharing|reposting|boosting|resharing|reblogging|retweeting|forwarding|publishing|spreading|distributing"
    "|circulating|amplifying|quoting|showing|using|posting"
)


MANY = (
    "them|us|all|everything|everyone|these|those|іх|нас|усё|усе|их|все|їх|усі|alles|alle|uns|tout|tous|nous"
    "|todo|todos|nos"
    "|wszystko|wszystkie|ich|nas"
)
"""What may be the posts, and just as well the rulers: "Take them down!" """

GOES_ON = (
    "before|after|please|at|from|"
    "because|bc|cause|as|since|i|im|we|it|its|they|my|or|and|but|without|until|till|if|with|on|publicly|in|so|for"
    "|бо|таму|я|мы|мяне|мне|але|ці|і|у|каб|без|калі|потому|так|меня|но|или|и|а|чтобы|если|мой|моя|тому|та|щоб"
    "|але|якщо"
    "|weil|denn|ich|wir|sonst|und|oder|aber|ohne|wenn|mein|meine|car|parce|je|nous|et|ou|mais|sans|si|cest"
    "|porque|pues|yo|soy|y|o|pero|sin|si|me|es|bo|ponieważ|ja|i|albo|ale|bez|jeśli"
)
"""Words after which a wish without an object is one still: "don't share, because …"; never "don't share power"."""

GO_ON = (
    "dont stop|do not stop|never stop|we wont stop|we will not stop|не спыняйцеся|не останавливайтесь|не остановимся"
    "|не зупиняйтесь|hört nicht auf|nicht aufhören|wir hören nicht auf|ne vous arrêtez pas|no paren|no paréis"
    "|nie przestawajcie"
)
"""The contrary of a stop."""


def _each(befores: str, words: str) -> str:
    """Return every word after every one of these."""
    return "|".join(f"{before} {word}" for before in befores.split("|") for word in words.split("|"))


def _ended(stems: str, endings: str) -> str:
    """Return every stem with every ending, as one word."""
    return "|".join(f"{stem}{ending}" for stem in stems.split("|") for ending in endings.split("|"))


_ES_DELETE = (
    "borra|borrad|borren|borre|borrar|elimina|eliminad|eliminen|elimine|eliminar|quita|quitad|quiten|quite|quitar"
    "|retira|retirad|retiren|retire|retirar|baja|bajad|bajen|baje|bajar|suprime|suprimid|supriman|suprimir|deshaz"
    "|deshaced|deshagan|deshacer|anula|anulad|anulen|anular|borres|borréis|elimines|eliminéis|quites|quitéis|retires"
)
_ES_SHARE_IT = _ended("compartir|difundir|publicar", "lo|la|los|las|me")
_ES_SHARE = (
    "compartas|compartáis|compartan|comparta|compartir|comparte|compartid|difundas|difundáis|difundan|difunda"
    "|difundir"
    "|publiques|publiquéis|publiquen|publique|publicar|reenvíes|reenviéis|reenvíen|reenvíe|reenviar|retuitees"
    "|retuiteen|retuitear|repostees|reposteen|repostear|rebloguees|rebloguear|impulses|impulsen|impulsar|compartirlo"
    "|compartirla|difundirlo|publicarlo"
)
_FR_DELETE = (
    "supprimez|supprime|supprimer|effacez|efface|effacer|retirez|retire|retirer|enlevez|enlève|enlever|annulez|annule"
    "|annuler|ôtez|ôter|supprimiez|retiriez|enleviez|effaciez|retires|supprimes"
)
_FR_SHARE = (
    "partagez|partage|partager|partages|relayez|relaie|relayer|repostez|reposte|reposter|boostez|booste|booster"
    "|retweetez|retweete|retweeter|diffusez|diffuse|diffuser|publiez|publie|publier|republiez|republier|rediffusez"
    "|rediffuser|repartagez|repartager|transférez|transférer"
)
_DE_SHARE = (
    "teilen|verbreiten|weiterverbreiten|weiterleiten|boosten|reposten|retweeten|rebloggen|veröffentlichen"
    "|weiterteilen"
    "|weitergeben"
)
_DE_SHARES = (
    "teilt|teile|teil|teilen sie|verbreitet|verbreiten sie|boostet|boosten sie|repostet|retweetet|veröffentlicht"
    "|veröffentlichen sie|zeigt|zeigen sie|benutzt|verwendet"
)
_DE_NOT = "nicht|nicht mehr|nicht weiter|nie wieder|bloß nicht"
_BE_SHARE = (
    "дзяліцеся|дзяліся|дзяліцца|дзяліцесь|распаўсюджвайце|распаўсюджвай|распаўсюджваць|распаўсюдзьце|рэпосціце"
    "|рэпасціце"
    "|рэпосці|рэпосціць|рэпасціць|рэпосцьце|публікуйце|публікуй|публікаваць|перапошчвайце|перапошчваць|пашырайце"
    "|пашырай|пашыраць|шырце|шарце|шэрце|шарыць|рэтвіціце|рэтвіціць|рэтвітайце|бусціце|бустайце|бусціць|перасылайце"
    "|перасылаць|распаўсюджывайце|падзяляйцеся|дзяліліся|распаўсюджвалі|рэпосцілі|публікавалі|пашыралі"
)
_RU_SHARE = (
    "делитесь|делись|делиться|делитсь|делитес|распространяйте|распространяй|распространять|репостите|репостьте"
    "|репость"
    "|репостить|репости|ретвитьте|ретвитите|ретвитить|ретвить|публикуйте|публикуй|публиковать|пересылайте|пересылай"
    "|делились|распространяли|репостили|публиковали|ретвитили|пересылать|шарьте|шарь|шарить|шерьте|шерить"
    "|бустите|бустить|бустьте|перепощивайте|перепощивать"
)
_UK_SHARE = (
    "діліться|ділись|ділися|ділитися|ділитись|поширюйте|поширюй|поширювати|репостіть|репость|репостити|публікуйте"
    "|публікуй|публікувати|ретвітьте|ретвітити|розповсюджуйте|розповсюджуй|розповсюджувати|пересилайте|пересилати"
    "|ділилися|поширювали|репостили|публікували|шерте|шерити|бустіть|бустити"
)
_PL_SHARE = (
    "udostępniajcie|udostępniaj|udostępniać|udostępniajcie dalej|podawajcie dalej|podawaj dalej|podawać dalej"
    "|rozpowszechniajcie|rozpowszechniaj|rozpowszechniać|publikujcie|publikuj|publikować|retweetujcie|retweetować"
    "|boostujcie|boostować|przekazujcie dalej|przesyłajcie dalej|rozsyłajcie|rozsyłać"
)

GRAMMARS: Mapping[str, Grammar] = {
    "en": Grammar(
        alone=(
            "opt out|opt me out|i opt out|i want to opt out|unsubscribe|leave me alone|leave me out"
            "|leave me out of this"
            "|i withdraw|i withdraw my consent|i revoke my consent|i do not consent|i dont consent|i did not consent"
            "|i never consented|i dont want to be shared|i do not want to be shared|i dont want this shared"
            "|i do not want this shared|i dont want this to be shared|i do not want this to be shared"
            "|i dont want it shared"
            "|i dont want you to share this|i dont want you to share it|i dont want you to share my post"
            "|i dont want to be reposted|i dont want to be boosted|i dont want to be on your page|i want out"
            "|no sharing"
            "|no reposts|no boosts|no boosting|no retweets|no rt|no rts|no quotes|no reshares|not for sharing"
            "|not to be shared|no consent|i dont give permission|i do not give permission"
            "|i did not give permission|no permission|i revoke my permission"
            "|i take back my consent|i withdraw my permission"
            "|this was not meant to be shared|this was not for sharing|undo|undo it|undo this|undo that"
            "|without my permission|without my consent|without asking me|you dont have my consent"
            "|you dont have my permission|you do not have my consent|you do not have my permission"
            "|you have no consent|you have no permission"
            "|i didnt agree|i did not agree|i never agreed|i didnt consent"
            "|i didnt give permission|i didnt give my permission|i didnt give consent|i didnt agree to this"
            "|i did not agree to this|i never agreed to this|i didnt consent to this|i did not consent to this"
            "|i do not consent to this|i dont consent to this|i never gave permission|i never gave consent"
            "|i withdraw consent|i dont want to be in this|i do not want to be in this|i dont want to be in it"
            "|i dont want to be there"
            "|i dont want to be seen|i do not want to be seen|i dont want to be shown|i do not want to be shown"
            "|i dont want my face there|i dont want my face here|i dont want my name there"
            "|forget me|forget about me|untag me|exclude me|unlist me|anonymize me|delete everything about me"
            "|remove everything about me|delete everything of mine|right to be forgotten"
            "|del pls|del plz|pls del|plz del|please del|del please|del this|del it|del my post|del my video|del my vid"
            "|cease and desist|unsub|unsub me|optout|tkdwn|takedown|takedown pls|take down request|takedown request"
            "|not without my consent|not without my permission|not with my consent|i object to sharing"
            "|i object to being shared|i am against sharing|im against sharing|i am against being shared"
            "|i dont agree to be shared|i do not agree to be shared|i dont agree to this being shared"
            "|i dont agree with sharing|i dont like being shared|i dont like to be shared|dont rt me|dont qt|no qt"
            "|no qts"
            "|i never said you could share this|i never said you could share it|i didnt say you could share this"
            "|you shouldnt have shared this|you should not have shared this|you shouldnt have shared it"
            "|i revoke consent|consent revoked|consent withdrawn|permission revoked|permission denied"
            "|permission withdrawn"
            "|i said dont share|i asked you not to share|i asked you not to share this|i told you not to share"
            "|make it disappear|make this disappear|make it go away|leave me in peace|i revoke|i revoke this"
            "|right to erasure|please ask before sharing"
            "|ask before sharing|ask before you share"
        ),
        verbs=(
            "delete|remove|erase|unshare|unboost|unrepost|unretweet|unreblog|deboost|un boost|un share"
            "|take down|pull down|wipe|scrub|unpublish|revert|retract|rollback|roll back|deletion|removal|erasure"
            "|deletion of|removal of|erasure of|takedown of|deletion request|removal request|erasure request"
            f"|get rid of|take back|{_each('dont|do not|never|stop|no more|quit|please no|pls dont|not', _EN_SHARE)}"
            f"|{_each('i dont want you to|i do not want you to|i dont want anyone to|you may not', _EN_SHARE)}"
            f"|{_each('you cant|you cannot|youre not allowed to|you are not allowed to|its not ok to', _EN_SHARE)}"
            f"|{_each('not allowed to|not ok to|i dont give permission to|i do not give permission to', _EN_SHARE)}"
            "|un retweet|un repost|un reblog"
            f"|{_each('stop|quit|no more|mind not|without|not', _EN_SHARING)}|stop to share|deleting|removing"
            "|taking down|to delete|to remove|rm|rmv|remv|dlt|delet|unpost|untweet|to take down"
        ),
        needing=(
            "hide|cancel|drop|withdraw|take off|take out|undo|pull|kill|nuke|trash|ditch|blur|pixelate|mask|censor"
            f"|{_each('dont|do not|never', 'show|use|post|feature|promote')}"
        ),
        around=(
            (
                "take|get|pull|bring",
                "down|off|offline|off your page|off your account|off your profile|off your timeline"
                "|off your feed|off your channel|off the internet|off it",
            ),
            ("take|roll", "back"),
            ("get|have", "deleted|removed|taken down"),
            ("leave|keep", "out of this|out of it"),
            (
                "i want|id like|i would like|i need|i wish|please have|have|get",
                "removed|deleted|taken down|taken off|erased|unshared|gone|to be removed|to be deleted"
                "|to be taken down",
            ),
            (
                "i dont want|i do not want|i never wanted|i wouldnt like|i dont like",
                "shared|reposted|boosted|used|published|posted|spread|quoted|retweeted|online|here|to be shared"
                "|to be reposted|to be used|to be published|to be seen|to spread",
            ),
            ("taking", "down"),
        ),
        objects="it|this|that|them|these|those|me|us|everything|all|all of it|all of them|this one|that one"
        "|this here",
        articles="this|that|the|these|those|all|any|both|all the|all your|your",
        nouns=_EN_NOUNS,
        own=(
            "face|name|names|account|page|profile|voice|words|story|family|child|kid|kids|son|daughter|mother|data"
            "|father|surname"
        ),
        mine="my|our|mine|all my|all of my|any of my",
    ),
    "be": Grammar(
        alone=(
            "не хачу каб вы дзяліліся|не хачу каб вы гэтым дзяліліся|не хачу каб вы распаўсюджвалі"
            "|не хачу каб мяне рэпосцілі"
            "|не хачу каб гэта распаўсюджвалі|не хачу каб вы гэта распаўсюджвалі|не хачу рэпосту"
            "|я не даваў згоды"
            "|я не давала згоды|адклікаю згоду|адклікаю дазвол|не даю згоды|не даю згоду|я не даю згоды"
            "|не даю дазволу|я адклікаю згоду|адпішыце мяне|пакіньце мяне|пакіньце мяне ў спакоі"
            "|без маёй згоды|без майго дазволу|без дазволу"
            "|я не дазваляла|я не дазваляў|я не дазваляю|не хачу там быць|не хачу быць там"
            "|не хачу тут быць|не хачу каб мяне бачылі|не хачу каб мяне паказвалі|забудзьце мяне|забудзьце пра мяне"
            "|адклічу згоду|адклічу дазвол|я супраць рэпосту|я супраць распаўсюду|я супраць публікацыі|супраць рэпосту"
            "|я не даю дазволу"
            "|дазволу не даю"
            "|дазволу не давала|дазволу не даваў|згоды не даю|згоды не давала|згоды не даваў|без маей згоды"
            "|не згодная на рэпост|не згодны на рэпост|я супраць каб гэта распаўсюджвалі"
            "|я супраць каб вы гэтым дзяліліся"
        ),
        verbs=(
            "выдаліце|выдалі|выдаляйце|выдаліць|выдалілі|прыбярыце|прыбяры|прыбраць|прыбярыць|прыбярэце|прыбірайце"
            "|сцярыце|сцяры|сатрыце|сатры|сцерці|зніміце|здыміце|зняць|адмяніце|адмяні|адмяніць|адклічце|скасуйце"
            "|выдаленне|выдалення|аб выдаленні|на выдаленне"
            f"|скасаваць|знясіце|{_each('не|больш не|не трэба|ня|ніколі не', _BE_SHARE)}"
            f"|{_each('спыніце|перастаньце|хопіць|кіньце', 'дзяліцца|распаўсюджваць|рэпосціць|публікаваць|пашыраць')}"
        ),
        needing=(
            "схавайце|заберыце|забярыце|прыміце|спыніце|"
            f"{_each('не', 'паказвайце|паказвай|паказваць|выкарыстоўвайце|выкарыстоўваць|чапайце')}"
        ),
        around=(
            (
                "не хачу каб",
                "распаўсюджвалі|рэпосцілі|паказвалі|публікавалі|дзяліліся|бачылі|выкарыстоўвалі|пашыралі|перасылалі",
            ),
        ),
        after="выдаліце|прыбярыце|сцярыце|выдаліць|прыбраць|не распаўсюджвайце|не дзяліцеся|не рэпосціце"
        "|не паказвайце",
        objects="гэта|гэты|гэтае|гэтым|гэтага|яго|яе|іх|іх усе|мяне|нас|усё|мной|мною|тое|ім",
        articles="гэты|гэтае|гэтую|гэта|гэтым|той|ваш|усе|свой",
        nouns=(
            "допіс|допісы|допісам|пост|посты|постам|відэа|відэо|відос|ролік|ролікі|фота|здымак|здымкі|запіс|запісы"
            "|паведамленне"
            "|рэпост|рэпосты|рэпостам|твіт|рэтвіт|буст|кантэнт|публікацыю|спасылку|распаўсюд"
        ),
        own=(
            "твар|імя|прозвішча|акаўнт|старонку|голас|словы|гісторыю|дзіця|сына|дачку|допісу|поста|запісу"
            "|ролика|здымка|рэпосту|фатаграфію|здымкам|допісам|ролікам|відосам|тварам"
        ),
        mine="мой|маё|маю|мае|маім|маёй|майго|наш|наша|нашу|нашы|мой уласны|маіх|маімі",
    ),
    "ru": Grammar(
        alone=(
            "отпишите меня|оставьте меня в покое|отзываю согласие|отзываю свое согласие|отзываю разрешение"
            "|не даю согласия|не даю согласие|не даю разрешения|я отзываю согласие|я не давал согласия"
            "|я не давала согласия|я не хочу чтобы вы делились|не хочу чтобы вы делились"
            "|не хочу чтобы вы это"
            " распространяли|не хочу чтобы это распространяли|не хочу чтобы меня репостили|не хочу репоста"
            "|я не хочу чтобы этим делились|не хочу чтобы этим делились|не хочу чтобы вы распространяли"
            "|без моего согласия|без моего разрешения|без разрешения"
            "|я не разрешала|я не разрешал|я не разрешаю|не разрешаю"
            "|не хочу там быть|не хочу быть там|не хочу тут быть|не хочу чтобы меня видели"
            "|не хочу чтобы меня показывали|забудьте меня|забудьте обо мне|просьба удалить|просьба убрать"
            "|просьба снять|просьба не распространять"
            "|просьба не делиться|просьба не репостить|я против репоста|я против распространения|против репоста"
            "|я против публикации|против распространения|я против чтобы это распространяли"
            "|я против чтобы вы этим делились"
            "|согласия не давала|согласия не давал|согласия не даю|разрешения не давала|разрешения не давал"
            "|разрешения не даю|не согласна на репост|не согласен на репост|не согласна на распространение"
            "|я не давала разрешения|я не давал разрешения|не давала разрешения|не давал разрешения|не давала согласия"
            "|не давал согласия|без спроса|без моего ведома|просьба больше не репостить"
        ),
        verbs=(
            "удалите|удали|удалить|удаляйте|удалили|удолите|приберите|уберите|убери|убрать|убирайте|снимите|сними"
            "|снять|сотрите"
            "|сотри|стереть|отмените|отмени|отменить|отзовите|снесите|снеси|снести|потрите|выпилите|удаление|удаления"
            "|об удалении|на удаление"
            f"|{_each('не|больше не|не надо|не нужно|никогда не|нельзя', _RU_SHARE)}"
            f"|{_each('прекратите|прекрати|перестаньте|перестань|хватит', 'делиться|распространять|репостить')}"
            f"|{_each('прекратите|перестаньте|хватит', 'публиковать|пересылать|шарить|показывать|использовать')}"
        ),
        needing=(
            "замажьте|размойте|скройте|скрыть|скрой|спрячьте|заберите|остановите|прекратите|"
            f"{_each('не', 'показывайте|показывай|показывать|используйте|используй|выкладывайте|трогайте|постите')}"
        ),
        around=(
            (
                "не хочу чтобы",
                "распространяли|репостили|показывали|публиковали|делились|видели|использовали|пересылали|шарили",
            ),
        ),
        after="удалите|удали|уберите|убери|удалить|убрать|не распространяйте|не репостите|не показывайте|не делитесь",
        objects="это|этот|эту|этим|этого|его|ее|их|их все|меня|нас|все|всё|мной|мною|то|им",
        articles="этот|это|эту|этим|тот|ваш|все|всё|свой|данный|данное",
        nouns=(
            "пост|посты|постом|видео|видос|ролик|ролики|фото|фотку|снимок|запись|записи|сообщение|репост"
            "|репосты|репостом"
            "|твит|ретвит|буст|контент|публикацию|ссылку|распространение|публикация"
        ),
        own=(
            "лицо|имя|фамилию|аккаунт|страницу|голос|слова|историю|ребенка|сына|дочь|семью|поста|записи"
            "|ролика|твита|репоста|фотографию|фотографии|фотографией|роликом|фоткой|лицом|записью"
        ),
        mine="мой|мое|моё|мою|мои|моим|моей|моего|наш|наше|нашу|наши|моих|моими",
    ),
    "uk": Grammar(
        alone=(
            "відкликаю згоду|відкликаю свою згоду|відкликаю дозвіл|не даю згоди|не даю дозволу|я не давав згоди"
            "|я не давала згоди|не хочу щоб ви ділилися"
            "|не хочу щоб це поширювали"
            "|не хочу щоб ви це поширювали|залиште мене|залиште мене у спокої|відпишіть мене"
            "|без моєї згоди|без мого дозволу|без дозволу"
            "|я не дозволяла|я не дозволяв|я не дозволяю|не хочу там бути|не хочу бути там|не хочу щоб мене бачили"
            "|забудьте мене|забудьте про мене|прохання видалити|прохання прибрати"
            "|я проти репосту|я проти поширення|я проти публікації|проти поширення|згоди не давала|згоди не давав"
            "|згоди не даю|дозволу не давала|дозволу не давав|дозволу не даю|не згодна на поширення"
            "|не згоден на поширення"
            "|не давала згоди|не давав згоди|не давала дозволу|не давав дозволу"
        ),
        verbs=(
            "видаліть|видали|видалити|видаляйте|приберіть|прибери|прибрати|зніміть|зніми|зняти|зітріть|зітри|стерти"
            "|скасуйте|скасуй|скасувати|відкличте|знесіть|вилучіть|вилучити|вилучи|видалення|про видалення|на видалення"
            f"|{_each('не|більше не|не треба|ніколи не|не потрібно', _UK_SHARE)}"
            f"|{_each('припиніть|перестаньте|досить', 'ділитися|поширювати|репостити|публікувати|розповсюджувати')}"
        ),
        needing=(
            "сховайте|заберіть|припиніть|зупиніть|"
            f"{_each('не', 'показуйте|показуй|показувати|використовуйте|використовувати|чіпайте')}"
        ),
        around=(("не хочу щоб", "поширювали|репостили|показували|публікували|ділилися|бачили|використовували"),),
        after="видаліть|приберіть|видалити|прибрати|не поширюйте|не діліться|не репостіть",
        objects="це|цей|цю|цим|цього|його|її|їх|мене|нас|все|усе|мною|ним",
        articles="цей|це|цю|той|ваш|усі|всі|свій",
        nouns=(
            "допис|дописи|дописом|пост|пости|постом|відео|ролик|ролики|фото|знімок|запис|записи|повідомлення|репост"
            "|репости|твіт|ретвіт|буст|контент|публікацію|посилання|поширення"
        ),
        own=(
            "обличчя|ім'я|прізвище|акаунт|сторінку|голос|слова|історію|дитину|сина|доньку|допису|поста|запису"
            "|ролика|світлину|світлини|фотографію"
        ),
        mine="мій|моє|мою|мої|моїм|моєю|мого|наш|наше|нашу|наші|моїх|моїми",
    ),
    "de": Grammar(
        alone=(
            "abmelden|lasst mich in ruhe|lasst mich in frieden|lasst mein video in ruhe"
            "|lass mich in ruhe|ich widerrufe|ich widerrufe meine einwilligung"
            "|ich ziehe meine einwilligung zurück|ich ziehe meine zustimmung zurück"
            "|keine einwilligung|ich erlaube das nicht"
            "|ich möchte nicht geteilt werden|ich will nicht geteilt werden|kein teilen"
            "|keine boosts"
            "|kein boost|keine reposts|keine retweets"
            "|rückgängig machen|ich widerspreche"
            "|ich widerspreche der verbreitung|zurücknehmen|ich möchte nicht dass ihr das teilt"
            "|ich will nicht dass ihr das teilt|boost zurücknehmen"
            "|boost entfernen|repost löschen|repost entfernen|wieder löschen|wieder entfernen"
            "|aus dem netz nehmen|runternehmen|rausnehmen"
            "|ohne meine zustimmung|ohne meine einwilligung|ohne meine erlaubnis|ohne erlaubnis|ohne zustimmung"
            "|ich habe nicht zugestimmt"
            "|dem habe ich nicht zugestimmt|ich habe dem nicht zugestimmt"
            "|ich möchte nicht gezeigt werden|ich will nicht gezeigt werden"
            "|ich möchte nicht gesehen werden|ich will nicht gesehen werden|ich möchte da nicht sein|vergesst mich"
            "|ich will da nicht sein|ich bin gegen die verbreitung|ich bin gegen die veröffentlichung"
            "|ich bin gegen das teilen|ich bin mit der verbreitung nicht einverstanden|ich verbiete das"
            "|ich bin mit der veröffentlichung nicht einverstanden|das erlaube ich nicht|dem stimme ich nicht zu"
            "|ich stimme dem nicht zu|ich stimme nicht zu|nicht mit meiner zustimmung|ich verweigere meine zustimmung"
            "|ich verbiete die verbreitung|ohne mein einverständnis|kein einverständnis|keine zustimmung"
            "|keine erlaubnis"
        ),
        verbs=(
            "löschung|die löschung|um löschung|entfernung|die entfernung|um entfernung|löschantrag"
            "|löscht|lösch|lösche|löschen sie|löschen|entfernt|entferne|entfernen sie|entfernen|lösche bitte"
            f"|{_each(_DE_NOT, _DE_SHARE)}|{_each('hört auf|hör auf|hören sie auf', 'zu teilen|zu verbreiten')}"
            "|ich widerspreche der verbreitung|ich widerspreche der veröffentlichung"
            "|stoppt das teilen|aufhören zu teilen"
            f"|{_each(_DE_SHARES, _DE_NOT)}"
        ),
        around=(
            (
                "nehmt|nimm|nehmen sie|nehmt ihr|holt|stellt|setzt|macht|mach|machen sie|zieht|zieh|ziehen sie",
                "runter|herunter|raus|heraus|weg|zurück|offline|vom netz|aus dem netz|rückgängig|down",
            ),
            (_DE_SHARES, _DE_NOT),
            (
                "ich möchte dass|ich will dass|ich bitte darum dass|ich wünsche dass|kann|könnte|muss|soll",
                "gelöscht wird|entfernt wird|gelöscht werden|entfernt werden|runtergenommen wird"
                "|runtergenommen werden"
                "|nicht geteilt wird|nicht mehr geteilt wird|nicht verbreitet wird|nicht weiterverbreitet wird",
            ),
            ("hört auf|hör auf|hören sie auf", "zu teilen|zu verbreiten|zu boosten|zu zeigen"),
        ),
        after=(
            "löschen|entfernen|löscht|entfernt|runternehmen|rausnehmen|zurücknehmen|herunternehmen"
            "|rückgängig machen|zurückziehen"
            f"|{_each(_DE_NOT, _DE_SHARE)}|nicht zeigen|nicht verwenden|nicht benutzen"
        ),
        objects="das|es|dies|dieses|diesen|ihn|die|den|alles|mich|uns|das hier|dies hier|das da|sie|das bild"
        "|das foto",
        articles="den|das|die|diesen|dieses|diese|euren|euer|eure|ihren|ihr|ihre|deinen|dein|deine|alle",
        nouns=(
            "post|posts|beitrag|beiträge|video|videos|film|clip|bild|bilder|foto|fotos|nachricht|boost|boosts|repost"
            "|reposts|retweet|tweet|toot|aufnahme|inhalt|inhalte|zitat"
        ),
        own=(
            "gesicht|namen|name|konto|profil|stimme|worte|kind|kinder|geschichte|familie|videos|beitrags"
            "|posts|fotos"
        ),
        mine="mein|meinen|meine|meins|meiner|meines|unser|unseren|unsere",
    ),
    "fr": Grammar(
        alone=(
            "je ne souhaite pas être partagé|je ne souhaite pas être partagée|je ne veux pas être partagé"
            "|je ne veux pas être partagée|je ne veux pas que vous partagiez"
            "|je ne veux pas que ce soit partagé|je ne veux pas que vous le partagiez"
            "|je ne veux pas que vous la partagiez"
            "|je retire mon consentement|je retire mon accord|je n'autorise pas le partage|je n'autorise pas"
            "|je n'ai pas donné mon accord|laissez moi tranquille"
            "|sans mon accord|sans mon consentement|sans mon autorisation|sans ma permission|sans autorisation"
            "|je n'ai pas donné mon consentement|je n'ai pas consenti|je ne consens pas"
            ""
            "|vous n'avez pas mon accord|vous n'avez pas mon consentement|je ne veux pas être montré"
            "|je ne veux pas être montrée|je ne veux pas être vu|je ne veux pas être vue|je ne veux pas apparaître"
            "|je ne veux pas y être|oubliez moi"
            "|je suis contre le partage|je suis contre la diffusion|je m'oppose au partage|je m'oppose à la diffusion"
            "|je m'oppose à ce partage|je ne donne pas mon accord|je ne donne pas mon consentement|je refuse le partage"
            "|je refuse la diffusion|je refuse d'être partagée|je refuse d'être partagé|je n'ai rien autorisé"
            "|je n'ai pas autorisé ça|je n'ai pas autorisé le partage|je n'ai jamais donné mon accord"
            "|je ne suis pas d'accord pour être partagée|je ne suis pas d'accord pour être partagé"
            "|je ne suis pas d'accord pour le partage|je ne suis pas d'accord pour que vous partagiez"
            "|pas de partage|pas de boost|pas de repost|désinscrivez moi|ne pas relayer"
        ),
        verbs=(
            f"{_FR_DELETE}|denlever|deffacer|dannuler|doter|lenlever|leffacer|lannuler|de supprimer|de retirer"
            f"|suppression|suppression de|la suppression de"
            "|retrait|retrait de|le retrait de"
            "|désépinglez"
            f"|{'|'.join(f'ne {verb} {no}' for verb in _FR_SHARE.split('|') for no in ('pas', 'plus', 'jamais'))}"
            f"|{'|'.join(f'{verb} {no}' for verb in _FR_SHARE.split('|') for no in ('pas', 'plus'))}"
            + "".join(
                f"|ne {it} {verb} {no}"
                for it in ("le", "la", "les", "me", "nous")
                for verb in (*_FR_SHARE.split("|"), "montrez", "montre", "utilisez", "utilise")
                for no in ("pas", "plus")
            )
            + f"|{_each('ne pas|ne plus|de ne pas|de ne plus', _FR_SHARE)}"
            + "".join(f"|{_each(f'ne pas {it}|ne plus {it}', _FR_SHARE)}" for it in ("le", "la", "les", "me"))
            + f"|{_each('arrêtez de|arrête de|arrêter de|cessez de|cesse de|stop au', _FR_SHARE)}"
            + "".join(f"|{_each(f'arrêtez de {it}|cessez de {it}', _FR_SHARE)}" for it in ("le", "la", "les", "me"))
        ),
        needing=(
            "virez|vire|dégagez|dégage|floutez|floute|n'utilisez plus|n'utilise plus|masquez|masque|masquer|cachez"
            "|cache|ne montrez pas|ne montre pas"
            "|n'utilisez pas|n'utilise pas"
            "|ne montrez plus|ne postez pas|ne mettez pas"
        ),
        after=f"{_FR_DELETE}|partager pas|ne pas partager",
        objects="ça|cela|ceci|ca|le|la|les|l|tout|moi|nous|me|celui ci|celle ci|tout ça",
        articles="le|la|les|ce|cet|cette|ces|votre|vos|ton|ta|tous les|toutes les",
        nouns=(
            "post|posts|publication|publications|vidéo|vidéos|film|clip|photo|photos|image|images|message|pouet|tweet"
            "|tweets|retweet|boost|boosts|partage|partages|repost|reposts|contenu|citation|lien|enregistrement"
        ),
        own="visage|nom|compte|profil|voix|histoire|enfant|enfants|famille|paroles|témoignage",
        mine="mon|ma|mes|notre|nos|tous mes|toutes mes",
    ),
    "es": Grammar(
        alone=(
            "no quiero que lo compartan|no quiero que lo compartas|no quiero que lo compartáis"
            "|no quiero ser compartido"
            "|no quiero ser compartida|no quiero que compartan esto|no quiero que compartas esto"
            "|no doy mi consentimiento"
            "|retiro mi consentimiento|déjenme en paz|dejadme en paz|déjame en paz|sin compartir"
            "|no doy permiso|no doy mi permiso|no autorizo|no lo autorizo|retiro mi permiso"
            "|no quiero que me compartan|no quiero que me compartas"
            "|sin mi consentimiento|sin mi permiso|sin permiso|sin mi autorización|no di mi consentimiento"
            "|no di permiso|no di mi permiso|no he dado mi consentimiento|no he dado permiso"
            "|no consiento|no tienen mi permiso|no tienen mi consentimiento"
            "|no quiero aparecer|no quiero salir|no quiero salir ahí|no quiero estar ahí|no quiero que me vean"
            "|no quiero que se comparta|no quiero que se difunda|no quiero que se vea"
            "|me opongo a que lo compartan|estoy en contra de que lo compartan|no estoy de acuerdo en que lo compartan"
            "|no estoy de acuerdo con que lo compartan|no estoy de acuerdo con que se comparta|me opongo a su difusión"
            "|no autoricé esto|no autoricé|yo no autoricé|no les di permiso|no os di permiso|nunca di permiso"
            "|nunca di mi consentimiento|prohibido compartir|prohibida su difusión|no les autorizo"
            "|no autorizo su difusión"
            "|olvídenme|olvidadme|dar de baja|dame de baja|denme de baja|darme de baja|sácame|sáquenme|sacadme"
            "|sácame de ahí|sáquenme de ahí"
        ),
        verbs=(
            f"eliminación|la eliminación|eliminación de|la eliminación de|retirada de|la retirada de|{_ES_DELETE}"
            f"|{_ended(_ES_DELETE, 'lo|la|los|las|me|nos|melo|mela')}"
            f"|{_each('no|nunca|ya no', _ES_SHARE)}"
            + "".join(
                f"|{_each(f'no {it}|ya no {it}', _ES_SHARE + '|muestres|muestren|mostréis|uses|usen|uséis|utilicen')}"
                for it in ("lo", "la", "los", "las", "me", "nos")
            )
            + f"|{_each('deja de|dejad de|dejen de|deje de|parad de|paren de|para de', _ES_SHARE)}"
            + f"|{_each('deja de|dejad de|dejen de|deje de', _ES_SHARE_IT)}"
        ),
        needing=(
            "oculta|ocultad|oculten|ocultar|esconde|no muestres|no muestren|no mostréis|no uses|no usen|no uséis"
            "|no utilices|no utilicen|no subas|no suban|no pongas|no pongan"
        ),
        after=_ES_DELETE,
        objects="esto|eso|este|ese|esta|esa|todo|a mí|lo|la|estos|estas|lo mío",
        articles="el|la|los|las|este|esta|estos|estas|ese|esa|tu|tus|su|sus|vuestro|vuestra|todos los|todas las",
        nouns=(
            "post|posts|publicación|publicaciones|vídeo|vídeos|clip|película|foto|fotos|imagen|imágenes|mensaje"
            "|tuit|tuits"
            "|tweet|retuit|boost|boosts|repost|reposts|contenido|cita|enlace|grabación|toot|reel"
        ),
        own="cara|rostro|nombre|cuenta|perfil|voz|historia|hijo|hija|hijos|familia|palabras|testimonio",
        mine="mi|mis|mío|mía|nuestro|nuestra|nuestros|nuestras|todos mis|todas mis",
    ),
    "pl": Grammar(
        alone=(
            "nie chcę być udostępniany|nie chcę być udostępniana|nie chcę żebyście to udostępniali|nie wyrażam zgody"
            "|wycofuję zgodę|cofam zgodę|zostawcie mnie|zostawcie mnie w spokoju|bez udostępniania|o usunięcie"
            "|bez mojej zgody|bez mojego pozwolenia|bez zgody|bez pozwolenia"
            "|nie zgodziłam się|nie zgodziłem się|nie wyraziłam zgody|nie wyraziłem zgody"
            "|nie pozwalam|nie pozwoliłam|nie pozwoliłem|nie chcę tam być"
            "|nie chcę być pokazywana|nie chcę być pokazywany|nie chcę być widoczna"
            "|nie chcę być widoczny|zapomnijcie o mnie|nie zgadzam się na udostępnianie|nie zgadzam się na publikację"
            "|proszę o zdjęcie filmu|proszę o zdjęcie posta|proszę o zdjęcie wpisu|nie zgadzam się na to"
            "|jestem przeciwko udostępnianiu|jestem przeciw udostępnianiu|zgody nie dałam"
            "|zgody nie dałem|nie dałam zgody|nie dałem zgody|nie dawałam zgody|nie dawałem zgody|nie daję zgody"
            "|wycofuję pozwolenie|wycofuję moją zgodę|cofam moją zgodę|nie macie mojej zgody|nie macie zgody"
        ),
        verbs=(
            "wykasujcie|wykasuj|wyrzućcie|wyrzuć|skasowanie|usunięcia|usuńcie|usuń|usunąć|usuwajcie|usunięcie"
            "|skasujcie|skasuj|skasować|kasujcie|zdejmijcie|zdejmij|zdjąć"
            f"|wycofajcie|wycofaj|wycofać|cofnijcie|cofnij|cofnąć|{_each('nie|już nie|nigdy nie', _PL_SHARE)}"
            f"|{_each('przestańcie|przestań|skończcie', 'udostępniać|podawać dalej|rozpowszechniać|publikować')}"
        ),
        needing="wyłączcie|wyłącz|wywalcie|wywal|zamażcie|schowajcie|ukryjcie|ukryj|ukryć|zabierzcie|nie pokazujcie"
        "|nie pokazuj|nie używajcie|nie używaj",
        after="usuńcie|usuń|usunąć|skasujcie|skasować|nie udostępniajcie|nie podawajcie dalej",
        objects="to|tego|ten|tę|je|go|ją|ich|mnie|nas|wszystko|tym",
        articles="ten|to|tę|ta|tego|te|wasz|wasze|swój|wszystkie",
        nouns=(
            "post|posty|posta|wpis|wpisy|wpisu|film|filmy|filmu|filmik|wideo|zdjęcie|zdjęcia|nagranie|nagrania"
            "|wiadomość"
            "|repost|reposty|podbicie|tweet|tweeta|treść|link"
        ),
        own=(
            "twarz|imię|nazwisko|konto|profil|głos|słowa|historię|dziecko|rodzinę|filmu|filmiku|zdjęcia|wpisu"
            "|posta|nagrania"
        ),
        mine="mój|moje|moja|moją|mojego|moich|nasz|nasze|naszego",
    ),
}  # fmt: skip
