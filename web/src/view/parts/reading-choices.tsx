// What a file does not say of itself, to choose: its encoding, and the columns of a table.

import { useState } from 'preact/hooks';
import { ENCODINGS, hasTiers, isAboutEncoding, ROLES, type Role, withoutFlags } from '../../model/encodings';
import type { ReadChoices } from '../../service/types';
import { type Unread, unread } from '../../state/notices';
import { readAgain } from '../../state/opening';
import type { LeftOut, Source } from '../../state/talk';
import { count, t, word } from '../../words';
import { Icon } from './icons';

const ROLE_WORDS: Record<Role, string> = {
  speaker: word('Speaker'),
  text: word('Text'),
  conversation: word('Conversation'),
  start: word('Start'),
  end: word('End'),
  emotion: word('Emotion'),
};

interface ChoicesProps {
  source: Source;
  columns: string[];
}

export function ReadingChoices({ source, columns }: ChoicesProps) {
  const [choices, setChoices] = useState<ReadChoices>(source.choices);
  const choose = (name: keyof ReadChoices, value: string) => {
    const { [name]: _, ...others } = choices;
    setChoices(value === '' ? others : { ...others, [name]: value });
  };
  return (
    <form
      class="reading-choices"
      onSubmit={(event) => {
        event.preventDefault();
        void readAgain(source, choices);
      }}
    >
      <label class="field">
        {t('Encoding')}
        <select value={choices.encoding ?? ''} onChange={(event) => choose('encoding', event.currentTarget.value)}>
          <option value="">{t('automatic')}</option>
          {ENCODINGS.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {hasTiers(source.name) && (
        <label class="field">
          {t('Speech tiers, separated by commas')}
          <input
            type="text"
            value={choices.tier ?? ''}
            placeholder={t('automatic')}
            onInput={(event) => choose('tier', event.currentTarget.value)}
          />
        </label>
      )}
      {columns.length > 0 &&
        ROLES.map((role) => (
          <label key={role} class="field">
            {t(ROLE_WORDS[role])}
            <select
              value={choices[`${role}_column`] ?? ''}
              onChange={(event) => choose(`${role}_column`, event.currentTarget.value)}
            >
              <option value="">{t('automatic')}</option>
              {columns.map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </select>
          </label>
        ))}
      <button type="submit" class="button primary">
        {t('Read again')}
      </button>
    </form>
  );
}

/** A file that could not be read, with what can be chosen for it. */
export function UnreadFile({ unread: one }: { unread: Unread }) {
  const { source, detail, columns } = one;
  const choosable = columns.length > 0 || hasTiers(source.name) || isAboutEncoding(detail);
  return (
    <div class="notice problem unread" role="alert">
      <div class="notice-text">
        <strong>{t('{file} cannot be read', { file: source.name })}</strong>
        <p class="small">{withoutFlags(detail)}</p>
        {choosable && <ReadingChoices source={source} columns={columns} />}
      </div>
      <button
        type="button"
        class="button icon-only"
        aria-label={t('Dismiss')}
        onClick={() => (unread.value = unread.value.filter((other) => other !== one))}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Said above the result: what of a file is not in it. */
export function LeftOutNotice({ leftOut }: { leftOut: LeftOut }) {
  const { source, nSkipped, skipped, columns } = leftOut;
  const lines = t('{lines} of {file} skipped', { lines: count(nSkipped, 'line'), file: source.name });
  return (
    <div class="notice warning" role="alert">
      <div class="notice-text">
        <strong>{lines}</strong>
        <ul>
          {skipped.slice(0, 3).map((row) => (
            <li key={row}>{withoutFlags(row)}</li>
          ))}
          {nSkipped > 3 && <li>{t('and {n} more', { n: nSkipped - Math.min(3, skipped.length) })}</li>}
        </ul>
        <ReadingChoices source={source} columns={columns} />
      </div>
    </div>
  );
}
