"""X's field and expansion names, in the older words of its prose (tweet) and the newer ones of its OpenAPI (post)."""


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


POST_FIELDS = _names(
    "article attachments author_id card_uri community_id context_annotations conversation_id created_at "
    "display_text_range "
    "edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata non_public_metrics "
    "note_request_suggestions note_tweet organic_metrics paid_partnership possibly_sensitive promoted_metrics "
    "public_metrics referenced_tweets reply_settings scopes source suggested_source_links text withheld "
    "article_title matched_media_notes suggested_source_links_with_counts"
)
POST_EXPANSIONS = _names(
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
    "attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username geo.place_id "
    "in_reply_to_user_id referenced_tweets.id referenced_tweets.id.attachments.media_keys "
    "referenced_tweets.id.author_id username entities.note.mentions.username"
)
USER_FIELDS = _names(
    "affiliation confirmed_email connection_status created_at description entities id is_identity_verified location "
    "most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics "
    "receives_your_dm subscribes_to_you subscription subscription_type url username verified "
    "verified_followers_count verified_type withheld"
)
MEDIA_FIELDS = _names(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width"
)
POLL_FIELDS = _names("duration_minutes end_datetime id options voting_status")
PLACE_FIELDS = _names("contained_within country country_code full_name geo id name place_type")
USER_EXPANSIONS = frozenset({"affiliation", "most_recent_tweet_id", "pinned_tweet_id"})

NEWER_NAMES = {
    "tweet.fields": "post.fields",
    "referenced_tweets": "referenced_posts",
    "referenced_tweets.id": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "most_recent_tweet_id": "most_recent_post_id",
    "pinned_tweet_id": "pinned_post_id",
}
OLDER_FIELD_NAMES = {newer: older for older, newer in NEWER_NAMES.items() if older != "referenced_tweets.id"}
OLDER_EXPANSION_NAMES = OLDER_FIELD_NAMES | {"referenced_posts": "referenced_tweets.id"}
ONLY_IN_PROSE = _names(
    "author_id in_reply_to_user_id referenced_posts edit_history_post_ids referenced_tweets.id.author_id "
    "referenced_tweets.id.attachments.media_keys entities.note.mentions.username"
)
NEWER_METRICS = {"retweet_count": "repost_count", "tweet_count": "post_count"}


def older_field(name: str) -> str:
    """The older name of a field, for either spelling."""
    return OLDER_FIELD_NAMES.get(name, name)


def older_expansion(name: str) -> str:
    """The older name of an expansion, for either spelling."""
    return OLDER_EXPANSION_NAMES.get(name, name)


def newer(name: str) -> str:
    """The name the OpenAPI document uses."""
    return NEWER_NAMES.get(name, name)
