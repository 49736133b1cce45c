import { Icon } from './parts/icons';
import { change, settings, type ThemeChoice } from '../state/settings';
import { talk, toStart } from '../state/talk';
import { LANGUAGES, language, t, word } from '../words';
import { ExportMenu } from './talk/export-menu';
import { KeepMenu } from './talk/keep-menu';

const THEMES: { choice: ThemeChoice; icon: 'screen' | 'sun' | 'moon'; word: string }[] = [
  { choice: 'system', icon: 'screen', word: word('System') },
  { choice: 'light', icon: 'sun', word: word('Light') },
  { choice: 'dark', icon: 'moon', word: word('Dark') },
];

export function Header({ beginning }: { beginning: boolean }) {
  return (
    <header class="top">
      <div class="brand">
        <strong>InstructERC</strong>
        <span class="muted wide-only">{t('the emotion of every turn')}</span>
      </div>
      <div class="top-actions">
        {!beginning && talk.value && (
          <>
            <button type="button" class="button" title={t('New')} onClick={toStart}>
              <Icon name="plus" /> <span class="button-word">{t('New')}</span>
            </button>
            <KeepMenu />
            <ExportMenu />
          </>
        )}
        <select
          class="language"
          aria-label={t('Language')}
          value={language.value}
          onChange={(event) => change({ language: event.currentTarget.value })}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        <ThemeSwitch />
      </div>
    </header>
  );
}

function ThemeSwitch() {
  return (
    <fieldset class="switch">
      <legend class="unseen">{t('Theme')}</legend>
      {THEMES.map(({ choice, icon, word: name }) => (
        <label key={choice} title={t(name)}>
          <input
            type="radio"
            name="theme"
            value={choice}
            checked={settings.value.theme === choice}
            onChange={() => change({ theme: choice })}
          />
          <Icon name={icon} />
          <span class="unseen">{t(name)}</span>
        </label>
      ))}
    </fieldset>
  );
}
