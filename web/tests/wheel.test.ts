import { describe, expect, it } from 'vitest';
import { describeLabels, parseOwnLabels } from '../src/model/labels';
import { lightWheel, saysMoreThanBars } from '../src/model/wheel-light';
import { segments } from '../src/model/wheel-shape';
import type { LabelInfo, LabelList } from '../src/service/types';

const FEELINGS = {
  joyful: { excited: ['daring'], hopeful: ['optimistic'] },
  powerful: { aware: ['surprised'], proud: ['successful'] },
  mad: { angry: ['frustrated'], hurt: ['distant'] },
};

function info(label: string, wheel: string[] | null, aliases: string[] = []): LabelInfo {
  return { label, aliases, description: null, valence: null, arousal: null, wheel };
}

const KNOWN: LabelList = {
  label_sets: [
    {
      name: 'meld',
      labels: [
        info('surprise', null, ['surprised']),
        info('anger', ['mad', 'angry'], ['angry']),
      ],
    },
    {
      name: 'unified-wheel',
      labels: [
        info('joyful', ['joyful'], ['delight']),
        info('mad', ['mad'], ['anger', 'fury']),
        info('surprise', null, ['surprised']),
      ],
    },
  ],
  wheels: [{ name: 'willcox', about: '', edition: '', source: '', feelings: FEELINGS }],
  affect_source: '',
};

describe('the wheel beside bars', () => {
  const core = ['joyful', 'powerful', 'mad', 'sad', 'scared', 'peaceful'].map((one) => info(one, [one]));
  const outer = [info('daring', ['joyful', 'excited', 'daring']), info('hurt', ['mad', 'hurt']), info('proud', ['powerful', 'proud'])];

  it('says no more of a few labels that are its core, or of words that it has no place for', () => {
    expect(saysMoreThanBars([...core, info('neutral', null)])).toBe(false);
    expect(saysMoreThanBars('abcdefghijkl'.split('').map((one) => info(one, null)))).toBe(false);
    expect(saysMoreThanBars([])).toBe(false);
  });

  it('says more where half of the labels lie farther out, and of many', () => {
    expect(saysMoreThanBars([...outer, ...core.slice(0, 3)])).toBe(true);
    expect(saysMoreThanBars([...outer, ...core.slice(0, 4)])).toBe(false);
    expect(saysMoreThanBars([...outer, ...core, info('neutral', null)])).toBe(true);
  });
});

describe('light of the wheel', () => {
  it('is summed on the way from the core', () => {
    const infos = [
      info('joy', ['joyful']),
      info('excitement', ['joyful', 'excited']),
      info('anger', ['mad', 'angry', 'frustrated']),
    ];
    const { segments: lit } = lightWheel(infos, [0.5, 0.2, 0.3], FEELINGS);
    expect(Object.fromEntries(lit)).toEqual({
      joyful: 0.7,
      'joyful/excited': 0.2,
      mad: 0.3,
      'mad/angry': 0.3,
      'mad/angry/frustrated': 0.3,
    });
  });

  it('keeps labels aside that the wheel has no place for', () => {
    const light = lightWheel([info('neutral', null), info('odd', ['elsewhere'])], [0.6, 0.4], FEELINGS);
    expect(light.segments.size).toBe(0);
    expect(light.elsewhere).toEqual([
      { label: 'neutral', share: 0.6 },
      { label: 'odd', share: 0.4 },
    ]);
  });
});

describe('place on the wheel', () => {
  const paths = (labels: string[], set: string) => describeLabels(labels, set, KNOWN).map((one) => one.wheel);

  it('is for a word of one’s own the word itself, else that of the first set that has it', () => {
    expect(paths(['hopeful', 'Delight', 'fury'], 'words')).toEqual([['joyful', 'hopeful'], ['joyful'], ['mad']]);
  });

  it('is for a shipped set what the service tells', () => {
    expect(paths(['anger'], 'meld')).toEqual([['mad', 'angry']]);
  });

  it('is none for surprise, which has no core', () => {
    expect(paths(['surprise'], 'meld')).toEqual([null]);
    expect(paths(['surprised'], 'words')).toEqual([['powerful', 'aware', 'surprised']]);
  });

  it('is none for a word that nothing is known of', () => {
    expect(paths(['zzz'], 'words')).toEqual([null]);
  });
});

it('divides every ring without gaps', () => {
  for (const ring of [1, 2, 3]) {
    const own = segments(FEELINGS).filter((segment) => segment.ring === ring);
    own.forEach((segment, place) => expect(segment.from).toBeCloseTo(place === 0 ? 0 : (own[place - 1]?.to ?? 0)));
    expect(own.at(-1)?.to).toBeCloseTo(360);
  }
});

describe('words of one’s own', () => {
  it('are split, tidied and said once', () => {
    expect(parseOwnLabels(' happy,sad ,, at  ease; Happy')).toEqual({ labels: ['happy', 'sad', 'at ease'] });
    expect(parseOwnLabels('喜び、怒り，悲しみ')).toEqual({ labels: ['喜び', '怒り', '悲しみ'] });
    expect(parseOwnLabels('فرح، غضب؛ حزن')).toEqual({ labels: ['فرح', 'غضب', 'حزن'] });
  });

  it('are refused when they are too few, too many or too long', () => {
    expect(parseOwnLabels('happy')).toHaveProperty('problem');
    expect(parseOwnLabels(Array.from({ length: 65 }, (_, n) => `w${n}`).join())).toHaveProperty('problem');
    expect(parseOwnLabels(`ok,${'x'.repeat(81)}`)).toHaveProperty('problem');
  });
});
