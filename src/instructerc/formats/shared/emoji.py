"""Emoji that a program stores by name, such as Slack's `:rage:`, as the signs that people saw."""

from __future__ import annotations

import re

_NAME = re.compile(r":([a-z0-9_+'’-]{1,48}):(?::skin-tone-[2-6]:)?")
# Names as Slack, Discord, GitHub and Mattermost know them.
_TABLE = """
rage 😡 pout 😡 angry 😠 face_with_symbols_on_mouth 🤬 cursing_face 🤬 triumph 😤 smiling_imp 😈 imp 👿
skull 💀 skull_and_crossbones ☠️ joy 😂 rofl 🤣 rolling_on_the_floor_laughing 🤣 laughing 😆
satisfied 😆 smile 😄 smiley 😃 grinning 😀 grin 😁 sweat_smile 😅 slightly_smiling_face 🙂
slight_smile 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 smiling_face_with_3_hearts 🥰
smiling_face_with_three_hearts 🥰 heart_eyes 😍 star-struck 🤩 star_struck 🤩 kissing_heart 😘
kissing 😗 kissing_closed_eyes 😚 relaxed ☺️ yum 😋 stuck_out_tongue 😛
stuck_out_tongue_winking_eye 😜 zany_face 🤪 stuck_out_tongue_closed_eyes 😝 money_mouth_face 🤑
hugging_face 🤗 hugs 🤗 face_with_hand_over_mouth 🤭 shushing_face 🤫 thinking_face 🤔 thinking 🤔
zipper_mouth_face 🤐 face_with_raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 no_mouth 😶
smirk 😏 unamused 😒 face_with_rolling_eyes 🙄 roll_eyes 🙄 grimacing 😬 lying_face 🤥 relieved 😌
pensive 😔 sleepy 😪 drooling_face 🤤 sleeping 😴 mask 😷 face_with_thermometer 🤒 nauseated_face 🤢
face_vomiting 🤮 vomiting_face 🤮 sneezing_face 🤧 hot_face 🥵 cold_face 🥶 woozy_face 🥴 dizzy_face 😵
exploding_head 🤯 mind_blown 🤯 partying_face 🥳 sunglasses 😎 nerd_face 🤓 confused 😕 worried 😟
slightly_frowning_face 🙁 frowning 😦 white_frowning_face ☹️ anguished 😧 open_mouth 😮 hushed 😯
astonished 😲 flushed 😳 pleading_face 🥺 fearful 😨 cold_sweat 😰 disappointed_relieved 😥 cry 😢
sob 😭 scream 😱 confounded 😖 persevere 😣 disappointed 😞 sweat 😓 weary 😩 tired_face 😫
yawning_face 🥱 melting_face 🫠 face_holding_back_tears 🥹 saluting_face 🫡 face_with_peeking_eye 🫣
heart ❤️ red_heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜
black_heart 🖤 white_heart 🤍 brown_heart 🤎 broken_heart 💔 two_hearts 💕 heartbeat 💓 heartpulse 💗
sparkling_heart 💖 revolving_hearts 💞 cupid 💘 gift_heart 💝
heavy_heart_exclamation_mark_ornament ❣️ heart_on_fire ❤️‍🔥 kiss 💋 100 💯 anger 💢 boom 💥
collision 💥 fire 🔥 sparkles ✨ tada 🎉 confetti_ball 🎊 balloon 🎈 birthday 🎂 trophy 🏆 rocket 🚀
star ⭐ star2 🌟 rainbow 🌈 rose 🌹 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏
raised_hands 🙌 pray 🙏 muscle 💪 crossed_fingers 🤞 v ✌️ point_up ☝️ point_down 👇 point_right 👉
facepunch 👊 punch 👊 fist ✊ middle_finger 🖕 reversed_hand_with_middle_finger_extended 🖕
facepalm 🤦 face_palm 🤦 shrug 🤷 eyes 👀 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 poop 💩
hankey 💩 shit 💩 ghost 👻 clown_face 🤡 robot_face 🤖 alien 👽 warning ⚠️ x ❌ white_check_mark ✅
heavy_check_mark ✔️ question ❓ exclamation ❗ bangbang ‼️ interrobang ⁉️ zzz 💤 sweat_drops 💦
dash 💨 thought_balloon 💭 beers 🍻 beer 🍺 champagne 🍾 coffee ☕ dancer 💃 man_dancing 🕺
women-with-bunny-ears-partying 👯 party_popper 🎉 simple_smile 🙂 man-shrugging 🤷‍♂️
woman-shrugging 🤷‍♀️ man-facepalming 🤦‍♂️ woman-facepalming 🤦‍♀️ man_shrugging 🤷‍♂️ woman_shrugging 🤷‍♀️
man_facepalming 🤦‍♂️ woman_facepalming 🤦‍♀️ rolling_eyes 🙄 slight_frown 🙁 face_with_symbols_over_mouth 🤬
smiling_face_with_tear 🥲 hugging 🤗 pouting_face 😡 raised_eyebrow 🤨 sweat 😓 money_mouth 🤑 nerd 🤓 upside_down 🙃
zipper_mouth 🤐 thermometer_face 🤒 rofl 🤣 joy_cat 😹 smile_cat 😸 heart_eyes_cat 😻 crying_cat_face 😿
pouting_cat 😾 scream_cat 🙀 heart_hands 🫶 folded_hands 🙏 face_with_diagonal_mouth 🫤 disguised_face 🥸
enraged_face 😡 angry_face 😠 face_with_steam_from_nose 😤 angry_face_with_horns 👿 smiling_face_with_horns 😈
loudly_crying_face 😭 crying_face 😢 face_with_tears_of_joy 😂 rolling_on_the_floor_laughing 🤣
grinning_face 😀 grinning_face_with_big_eyes 😃 grinning_face_with_smiling_eyes 😄
beaming_face_with_smiling_eyes 😁 grinning_squinting_face 😆 grinning_face_with_sweat 😅
smiling_face_with_smiling_eyes 😊 smiling_face_with_halo 😇 smiling_face_with_hearts 🥰
smiling_face_with_heart-eyes 😍 smiling_face_with_heart_eyes 😍 star-struck 🤩 face_blowing_a_kiss 😘
kissing_face 😗 smiling_face ☺️ face_savoring_food 😋 face_with_tongue 😛 winking_face 😉 winking_face_with_tongue 😜
squinting_face_with_tongue 😝 money-mouth_face 🤑 zipper-mouth_face 🤐 face_without_mouth 😶 expressionless_face 😑
smirking_face 😏 unamused_face 😒 grimacing_face 😬 relieved_face 😌 pensive_face 😔 sleepy_face 😪 sleeping_face 😴
face_with_medical_mask 😷 face_with_head-bandage 🤕 smiling_face_with_sunglasses 😎 confused_face 😕 worried_face 😟
frowning_face ☹️ face_with_open_mouth 😮 hushed_face 😯 astonished_face 😲 flushed_face 😳 anguished_face 😧
fearful_face 😨 anxious_face_with_sweat 😰 sad_but_relieved_face 😥 face_screaming_in_fear 😱 confounded_face 😖
persevering_face 😣 disappointed_face 😞 downcast_face_with_sweat 😓 weary_face 😩 frowning_face_with_open_mouth 😦
pile_of_poo 💩 thumbs_up 👍 thumbs_down 👎 clapping_hands 👏 raising_hands 🙌 flexed_biceps 💪 OK_hand 👌
waving_hand 👋 party_popper 🎉 growing_heart 💗 beating_heart 💓 hundred_points 💯 collision 💥
person_shrugging 🤷 person_facepalming 🤦 anger_symbol 💢 victory_hand ✌️ hot_beverage ☕ wrapped_gift 🎁 gift 🎁
"""
_SIGNS = dict(zip(_TABLE.split()[::2], _TABLE.split()[1::2], strict=True))


def show_emoji(text: str) -> str:
    """Returns a text with signs in place of names between colons; names that are not known stay.

    Example:
        >>> show_emoji("again :rage: at 12:30:15 :party_parrot:")
        'again 😡 at 12:30:15 :party_parrot:'
    """
    if text.count(":") < 2:
        return text
    return _NAME.sub(lambda found: _SIGNS.get(found[1], found[0]), text)
