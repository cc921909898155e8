"""Text without tags on stdin, as a process: the words move the face."""


def test_the_words_of_a_sentence_move_the_face(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:text")
    bridge.say("I am so happy for you!")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)
    bridge.say("The meeting starts at nine.")
    bridge.say("I'm devastated, I miss her so much...")
    eventually(lambda: avatar.weight("MouthFrownLeft") > 0.15)
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_a_sentence_is_felt_though_its_line_does_not_end(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:text?hold=1")
    for character in "I am so happy for you!":
        bridge.write(character.encode())
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_a_chatbots_sentences_without_a_tag_move_the_face(face, avatar, at_once, eventually):
    bridge = face(at_once, "--from", "stdin:chat?untagged=read")
    bridge.say("[sad] I am so happy for you!")
    eventually(lambda: avatar.weight("MouthFrownLeft") > 0.3)
    bridge.say("I am so happy for you!")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.3)
