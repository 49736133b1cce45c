import { Icon } from './icons';
import { change, settings, type ThemeChoice } from '../state/settings';
import { showConversation, shown, starting, talk } from '../state/talk';
import { ExportMenu } from './export-menu';

const THEMES: { choice: ThemeChoice; icon: 'screen' | 'sun' | 'moon'; word: string }[] = [
  { choice: 'system', icon: 'screen', word: 'As the system' },
  { choice: 'light', icon: 'sun', word: 'Light' },
  { choice: 'dark', icon: 'moon', word: 'Dark' },
];

export function Header({ beginning }: { beginning: boolean }) {
  return (
    <header class="top">
      <div class="brand">
        <strong>InstructERC</strong>
        <span class="muted wide-only">the emotion of every turn</span>
      </div>
      {!beginning && <Opened />}
      <div class="top-actions">
        {!beginning && (
          <>
            <button type="button" class="button" onClick={() => (starting.value = true)}>
              <Icon name="plus" /> <span class="button-word">New</span>
            </button>
            <ExportMenu />
          </>
        )}
        <ThemeSwitch />
      </div>
    </header>
  );
}

/** What is open; a list where a file holds several conversations. */
function Opened() {
  const open = talk.value;
  if (!open) return null;
  const several = open.conversations.length > 1;
  return (
    <div class="opened">
      {several ? (
        <label class="field inline">
          <span class="unseen">Conversation</span>
          <select
            value={String(shown.value)}
            onChange={(event) => showConversation(Number(event.currentTarget.value))}
            aria-label={`Conversation, ${open.conversations.length} in ${open.name}`}
          >
            {open.conversations.map((conversation, place) => (
              <option key={place} value={String(place)}>
                {`${place + 1}. ${conversation.id} (${conversation.turns.length})`}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <span class="opened-name" title={open.name}>
          {open.conversations[0]?.id || open.name}
        </span>
      )}
    </div>
  );
}

function ThemeSwitch() {
  return (
    <fieldset class="switch">
      <legend class="unseen">Theme</legend>
      {THEMES.map(({ choice, icon, word }) => (
        <label key={choice} title={word}>
          <input
            type="radio"
            name="theme"
            value={choice}
            checked={settings.value.theme === choice}
            onChange={() => change({ theme: choice })}
          />
          <Icon name={icon} />
          <span class="unseen">{word}</span>
        </label>
      ))}
    </fieldset>
  );
}
