"""What can be wrong in a file that people write, by its code: the faces in other languages make their words of it."""

from __future__ import annotations

from enum import StrEnum


class FaultCode(StrEnum):
    """What is wrong in a file, so that it cannot be used. The values are a contract: scripts may rely on them.

    Facts that any of them may have: `write` is what to write there, letter by letter; `near` the known name that was
    probably meant, `known` all that are known; `rename` another name for a file.
    """

    # files and folders
    FILE_MISSING = "file_missing"
    NOT_A_FILE = "not_a_file"
    FILE_TOO_LARGE = "file_too_large"
    FILE_UNREADABLE = "file_unreadable"
    NOT_UTF8 = "not_utf8"
    INVISIBLE_SIGN = "invisible_sign"
    NO_FOLDER = "no_folder"
    LINK_NOWHERE = "link_nowhere"
    NAMES_ALIKE = "names_alike"
    NOT_READ = "not_read"

    # TOML, and the values in it
    NOT_TOML = "not_toml"
    KEY_TWICE = "key_twice"
    TABLE_TWICE = "table_twice"
    UNKNOWN_KEY = "unknown_key"
    MISPLACED_KEY = "misplaced_key"
    MISSING_KEY = "missing_key"
    NO_TABLE = "no_table"
    EMPTY_ENTRY = "empty_entry"
    OTHER_KIND = "other_kind"
    OUT_OF_RANGE = "out_of_range"
    NO_UNIT = "no_unit"
    UNREADABLE_VALUE = "unreadable_value"
    NOT_KNOWN = "not_known"
    MEANS_NOTHING = "means_nothing"
    EMPTY_LIST = "empty_list"
    TWICE_IN_LIST = "twice_in_list"
    LONGER_THAN = "longer_than"
    TOO_SHORT = "too_short"
    BAD_NAME = "bad_name"
    BAD_ADDRESS = "bad_address"
    NOT_AN_AMOUNT = "not_an_amount"
    NOT_A_DAY = "not_a_day"
    DAY_TOO_FAR = "day_too_far"
    NOT_A_TIME = "not_a_time"
    NOT_A_ZONE = "not_a_zone"
    NOT_A_LANGUAGE = "not_a_language"
    NOT_A_HASHTAG = "not_a_hashtag"
    NOT_A_HANDLE = "not_a_handle"
    NOT_A_COUNTRY = "not_a_country"

    # bot.toml
    ACCOUNT_NAMELESS = "account_nameless"
    NO_ACCOUNT = "no_account"
    SAME_ACCOUNT = "same_account"
    SECRET_IN_FILE = "secret_in_file"  # noqa: S105
    NOT_A_VARIABLE = "not_a_variable"
    LINK_RESERVED = "link_reserved"
    LINKS_MISSING = "links_missing"
    TRUSTED_AND_BLOCKED = "trusted_and_blocked"
    RULE_APPROVES_STRANGERS = "rule_approves_strangers"
    RULE_FIXED = "rule_fixed"
    PHRASE_EMPTY = "phrase_empty"

    # facts.toml
    FACT_OVER_WHEN_CHECKED = "fact_over_when_checked"
    NO_SUCH_FACT = "no_such_fact"

    # messages
    NO_TEXT = "no_text"
    HEAD_BROKEN = "head_broken"
    NO_SPLIT = "no_split"
    NO_ALT_TEXT = "no_alt_text"
    ALT_AS_IT_STANDS = "alt_as_it_stands"
    WOULD_BE_POSTED = "would_be_posted"
    UNWRITTEN = "unwritten"
    NO_PLACEHOLDER = "no_placeholder"
    HEAD_NAMES_NO_LINK = "head_names_no_link"
    NO_HASHTAGS = "no_hashtags"
    TEXT_TOO_LONG = "text_too_long"
    VISIBILITY_ON_X = "visibility_on_x"

    # media
    MEDIA_MISSING = "media_missing"
    MEDIA_UNREADABLE = "media_unreadable"
    MEDIA_OUTSIDE = "media_outside"
    MEDIA_CUT_OFF = "media_cut_off"
    MEDIA_EMPTY = "media_empty"
    MEDIA_IS_POINTER = "media_is_pointer"
    MEDIA_UNKNOWN = "media_unknown"
    MEDIA_REFUSED = "media_refused"
    MEDIA_TELLS_PLACE = "media_tells_place"

    # schedules
    SCHEDULE_ELSEWHERE = "schedule_elsewhere"
    NO_MESSAGES = "no_messages"
    NO_SUCH_MESSAGE = "no_such_message"
    NO_WORDS_IN = "no_words_in"
    NO_LANGUAGE_OF_ITS = "no_language_of_its"
    NO_TIME_FOR = "no_time_for"
    PAST_MIDNIGHT = "past_midnight"
    CLOCK_CHANGES = "clock_changes"
    SCHEDULED_TWICE = "scheduled_twice"
    NO_DAYS_LEFT = "no_days_left"
    DAY_DIFFERS = "day_differs"
    PARTS_ALIKE = "parts_alike"
    REPEATED_ON_X = "repeated_on_x"
    TWINS_ON_X = "twins_on_x"
