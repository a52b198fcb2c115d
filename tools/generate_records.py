#!/usr/bin/env python3
"""Records and answers for rehearsing a submission where the benchmark's data set is not at hand.

Writes into DIR, the same bytes for the same arguments:

  records.jsonl   COUNT articles of random words, each with a summary of about 611 characters (the
                  mean of the reference's answers to CNN/DailyMail), as `assay run --dataset` reads
  answers.json    an answer to each for the scripted engine: the summary with one word in eight
                  replaced, so that its scores lie above the benchmark's limits and below 100

  generate_records.py COUNT DIR
"""
import json
import pathlib
import random
import sys

WORDS = """about above across action actually after again against agency agreed almost along already
also although always among amount animal another answer anything appear approach around article
artist attack attempt audience author available avenue average balance battle beautiful because
become before began behind being believe below benefit better between beyond board brother brought
building business called camera campaign cannot capital captain career carried cause center central
century certain challenge chance change character charge children choice church citizen claim clear
close coffee collection college common community company compare complete concern condition consider
contain continue control corner correct country couple course cover create culture current customer
danger daughter debate decade decide decision defense degree deliver demand describe design despite
detail develop difference difficult dinner direct discover discussion disease doctor during early
economy education effect effort either election energy engine enjoy enough entire environment
especially establish evening event everyone evidence exactly example expect experience explain
factory family famous father federal figure final financial finger finish follow foreign forest
forget former forward friend future garden general government great ground group growth happen
health heart heavy history holiday hospital hotel however hundred husband imagine important improve
include increase indeed indicate industry information inside instead institution interest interview
island itself journey judge kitchen knowledge language large later leader learn leave legal letter
level light likely listen little local machine magazine maintain major manage market marriage matter
measure medical meeting member memory mention message method middle military million minister minute
model modern moment money month morning mother mountain movement music myself nation natural nature
network never newspaper night north nothing notice number office officer often operation opportunity
option order organization other outside owner painting paper parent particular partner party patient
pattern people perform perhaps period person picture place player point police policy political
popular population position possible power practice prepare present president pressure prevent
private probably problem process produce product professor program project property protect provide
public purpose quality question quickly radio raise reach ready reality realize really reason receive
recent recognize record reduce reflect region relate relationship religious remain remember report
represent require research resource respond response result return reveal river school science
scientist season second section security senior separate series serious service seven several should
shoulder significant similar simple simply since single sister situation small social society soldier
somebody something sometimes south speech spring staff stage standard start state station stock store
story strategy street strong student study subject success suddenly suffer suggest summer support
surface system teacher technology television themselves theory thing think third though thought
thousand threat through throughout together tonight toward trade traditional training travel treatment
trial trouble truth under understand until usually value various version victim village violence visit
voice watch water weapon weather weight western whatever where whether while white whole window winter
within without woman wonder worker world worry write yesterday young""".split()
ARTICLE_WORDS = (90, 140)
SUMMARY_SENTENCES = 4
SUMMARY_CHARACTERS = 611
REPLACED = 1 / 8


def sentence(draw, characters):
    words = [draw.choice(WORDS)]
    while sum(map(len, words)) + len(words) < characters:
        words.append(draw.choice(WORDS))
    return words


def text_of(sentences):
    return "\n".join(" ".join(words).capitalize() + "." for words in sentences)


def record(draw, index):
    article = [draw.choice(WORDS) for _ in range(draw.randint(*ARTICLE_WORDS))]
    each = SUMMARY_CHARACTERS / SUMMARY_SENTENCES - 4
    summary = [sentence(draw, each) for _ in range(SUMMARY_SENTENCES)]
    answer = [[draw.choice(WORDS) if draw.random() < REPLACED else word for word in words]
              for words in summary]
    return ({"id": f"generated-{index}", "article": " ".join(article).capitalize() + ".",
             "highlights": text_of(summary)},
            {"index": index, "text": text_of(answer)})


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    count, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    draw = random.Random(20251125)
    pairs = [record(draw, index) for index in range(count)]
    (directory / "records.jsonl").write_text("".join(json.dumps(r) + "\n" for r, _ in pairs))
    (directory / "answers.json").write_text(json.dumps([a for _, a in pairs]) + "\n")


main()
