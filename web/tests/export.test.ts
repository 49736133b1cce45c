import { describe, expect, it } from 'vitest';
import { fileName } from '../src/export/download';
import { toCsv, toJsonl } from '../src/export/rows';
import { hasTimes, spliceVtt, toSrt, toVtt } from '../src/export/subtitles';
import { readTurns } from '../src/model/reading';
import golden from '../../tests/recognition/golden/record.json?raw';
import type { Answer } from '../src/service/types';
import { ANGER, JOY, LABELS, turn } from './turns';

const read = (turns: Parameters<typeof readTurns>[0], least = 0) => readTurns(turns, LABELS, least);

describe('JSON lines', () => {
  it('hold the shown label, the model’s and every probability, rounded', () => {
    const reads = read([
      turn(1, 'Ann', [0.12345678, 0.7, 0.17654322], { correction: 'anger', gold: 'joy', start: 1.5 }),
    ]);
    expect(
      toJsonl([{ id: 'c "1"', reads }], 0)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        conversation: 'c "1"',
        turn: 1,
        speaker: 'Ann',
        text: 'text 1',
        start: 1.5,
        emotion: 'anger',
        corrected: true,
        model_emotion: 'joy',
        probability: 0.7,
        probabilities: { neutral: 0.123457, joy: 0.7, anger: 0.176543 },
        history_turns: 0,
        text_cut: false,
        gold: 'joy',
      },
    ]);
  });

  it('are one line a turn, whatever stands in its text', () => {
    const text = 'a\nb\u2028c "d" \\';
    const lines = toJsonl([{ id: 'c', reads: read([turn(1, 'Ann', JOY, { text }), turn(2, 'Bo', null)]) }], 0);
    const [first, second] = lines.trimEnd().split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ text });
    expect(JSON.parse(second ?? '')).toEqual({
      conversation: 'c',
      turn: 2,
      speaker: 'Bo',
      text: 'text 2',
      emotion: null,
      corrected: false,
      model_emotion: null,
    });
  });

  it('leave a label out below the least confidence', () => {
    const line = toJsonl([{ id: 'c', reads: read([turn(1, 'Ann', ANGER)], 0.9) }], 0.9);
    expect(JSON.parse(line)).toMatchObject({ emotion: null, model_emotion: null, probability: 0.6 });
  });
});

describe('CSV', () => {
  it('quotes what needs it and names every label', () => {
    const reads = read([turn(1, 'Ann, "the boss"', JOY, { text: 'two\nlines' })]);
    expect(toCsv([{ id: 'c', reads }], LABELS, 0).slice(1)).toBe(
      'conversation,turn,speaker,text,start,end,emotion,corrected,model_emotion,probability,' +
        'p_neutral,p_joy,p_anger,history_turns,text_cut,language,gold\n' +
        'c,1,"Ann, ""the boss""","two\nlines",,,joy,False,joy,0.7,0.1,0.7,0.2,0,False,,\n',
    );
  });

  it('gives a spreadsheet no formula to run', () => {
    const csv = toCsv([{ id: 'c', reads: read([turn(1, '@Ann', JOY, { text: '=1+1' })]) }], LABELS, 0);
    expect(csv).toContain("c,1,'@Ann,'=1+1,");
  });
});

describe('the record that the command line writes', () => {
  // tests/recognition/test_records.py writes it.
  const { answer, jsonl, csv } = JSON.parse(golden) as {
    answer: Required<Answer>;
    jsonl: Record<string, unknown> & { speaker: string; text: string; start: number; end: number; gold: string };
    csv: Record<string, string>;
  };
  const { speaker, text, start, end, gold } = jsonl;
  const labels = Object.keys(answer.probabilities);
  const reads = readTurns([turn(1, speaker, null, { text, start, end, gold, answer })], labels, 0);
  const own = { corrected: false, model_emotion: 'joy' };

  it('is what JSON lines hold', () => {
    expect(JSON.parse(toJsonl([{ id: '@c', reads }], 0))).toEqual({ ...jsonl, ...own });
  });

  it('is what a CSV row holds', () => {
    const names = Object.keys(csv);
    const place = names.indexOf('emotion') + 1;
    names.splice(place, 0, 'corrected', 'model_emotion');
    const told: Record<string, string> = { ...csv, corrected: 'False', model_emotion: 'joy' };
    // Numbers without a fraction are written shorter here.
    told['end'] = '2';
    const cells = names.map((name) => told[name] ?? '').map((one) => (/[",]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one));
    expect(toCsv([{ id: '@c', reads }], labels, 0)).toBe(`\ufeff${names.join(',')}\n${cells.join(',')}\n`);
  });
});

describe('subtitles', () => {
  const turns = [
    turn(1, 'Ann <x>', JOY, { text: 'Salt & pepper --> <b>\n\nnow', start: 1, end: 2.5 }),
    turn(2, 'Bo', ANGER, { start: 3661.0005 }),
    turn(3, 'Bo', ANGER, { start: 3665, text: '' }),
  ];

  it('are WebVTT with the emotion as a class of the voice', () => {
    expect(toVtt(read(turns, 0.65))).toBe(
      'WEBVTT\n' +
        '\n00:00:01.000 --> 00:00:02.500\n<v.emotion-joy Ann &lt;x&gt;>Salt &amp; pepper --&gt; &lt;b&gt;\nnow</v>\n' +
        '\n01:01:01.001 --> 01:01:05.000\n<v Bo>text 2</v>\n' +
        '\n01:01:05.000 --> 01:01:08.000\n<v Bo></v>\n',
    );
  });

  it('are SubRip with the emotion after the name', () => {
    expect(toSrt(read(turns.slice(1)))).toBe(
      '1\n01:01:01,001 --> 01:01:05,000\nBo [anger]: text 2\n\n2\n01:01:05,000 --> 01:01:08,000\nBo [anger]: \n\n',
    );
  });

  it('join the words of a label in a class', () => {
    expect(toVtt(read([turn(1, 'Ann', JOY, { start: 0, correction: 'at ease' })]))).toContain(
      '<v.emotion-at_ease Ann>',
    );
  });

  it('need a time for every turn, and take when live turns came', () => {
    expect(hasTimes(read([turn(1, 'Ann', JOY, { start: 0 }), turn(2, 'Ann', JOY)]))).toBe(false);
    expect(hasTimes([])).toBe(false);
    const live = read([turn(1, 'Ann', JOY, { receivedAt: 1000 }), turn(2, 'Bo', JOY, { receivedAt: 1004.5 })]);
    expect(hasTimes(live)).toBe(true);
    expect(toVtt(live)).toContain('00:00:04.500 --> 00:00:07.500');
    // Said again at 2000, with the times at which they were said, and one after that.
    const again = [{ start: 0 }, { start: 4.5, receivedAt: 2000 }, { receivedAt: 2010 }].map((part, place) => turn(place + 1, 'Ann', JOY, part));
    expect(toVtt(read(again), 1000)).toContain('00:16:50.000 --> 00:16:53.000');
  });
});

it('makes file names that every system takes', () => {
  expect(fileName('Café: call 17/3', 'emotions', 'csv')).toMatch(/^Cafe.?-call-17-3-emotions\.csv$/);
  expect(fileName('../..', 'timeline', 'svg')).toBe('conversation-timeline.svg');
});

describe('a WebVTT file that was opened', () => {
  const source =
    'WEBVTT - call\n\nNOTE kept\n\nSTYLE\n::cue {}\n\n' +
    '1\n00:01.000 --> 00:02.000 align:left\n<v.loud.emotion-joy Ann &amp; co>We <i>won</i></v>\n\n' +
    '00:03.000 --> 00:04.000\nBo is <c.emotion-joy>here</c>\n\n' +
    '1:00:05.5 --> 1:00:06.000\nCy: two\nlines\n';
  const turns = [
    turn(1, 'Ann & co', ANGER, { text: 'We won', start: 1 }),
    turn(2, 'Bo', JOY, { text: 'Bo is here', start: 3 }),
    turn(3, 'Cy', JOY, { text: 'two\nlines', start: 3605.5 }),
  ];
  const named = (place: number, speaker: string) => turns.map((one, at) => (at === place ? { ...one, speaker } : one));

  it('keeps all but names and emotions', () => {
    expect(spliceVtt(source, read(turns))).toBe(
      source
        .replace('.emotion-joy Ann', '.emotion-anger Ann')
        .replace('Bo is <c.emotion-joy>', '<v.emotion-joy Bo>Bo is <c>')
        .replace('Cy: two\nlines', '<v.emotion-joy Cy>two\nlines</v>'),
    );
  });

  it('has the new name of a speaker', () => {
    const spliced = spliceVtt(source, read(named(0, 'Anna <x>')));
    expect(spliced).toContain('align:left\n<v.loud.emotion-anger Anna &lt;x&gt;>We <i>won</i></v>\n');
    expect(spliced).not.toContain('Ann &amp; co');
    expect(spliceVtt(source, read(named(2, 'Di')))).toContain('<v.emotion-joy Di>two\nlines</v>\n');
  });

  it('is written anew where its cues are other turns', () => {
    expect(spliceVtt(source, read(turns.slice(1)))).toBeNull();
    expect(spliceVtt(source, read([...turns, ...turns.slice(2)]))).toBeNull();
    expect(spliceVtt(source, read(turns.map((one) => ({ ...one, start: (one.start ?? 0) + 1 }))))).toBeNull();
  });
});
