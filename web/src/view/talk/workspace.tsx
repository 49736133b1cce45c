import { useEffect, useRef } from 'preact/hooks';
import { sound } from '../../state/audio';
import { conversation, look, talk } from '../../state/talk';
import { t } from '../../words';
import { useNarrow } from '../parts/use-narrow';
import { FrontNotices } from '../parts/front-notices';
import { Legend } from '../plots/legend';
import { Timeline } from '../plots/timeline';
import { AllTurns } from './all-turns';
import { Compare } from './compare';
import { Composer } from './composer';
import { Controls } from './controls';
import { FilterBar } from './filter-bar';
import { useKeys } from './keys';
import { Navigator } from './navigator';
import { NotePad } from './note-pad';
import { Player } from './player';
import { Shifts } from './shifts';
import { Speakers } from './speakers';
import { TalkHead } from './talk-head';
import { Transcript } from './transcript';
import { TurnPanel } from './turn-panel';
import { WheelCard } from './wheel-card';

/** An open conversation: its words, its plots, its table. */
export function Workspace() {
  const open = talk.value;
  const main = useRef<HTMLDivElement>(null);
  const onKeyDown = useKeys();
  // Another view begins at its top, for the eye and for screen readers.
  useEffect(() => {
    window.scrollTo(0, 0);
    if (talk.value?.kind !== 'live') main.current?.focus({ preventScroll: true });
  }, [open?.id]);
  const live = open?.kind === 'live';
  const empty = (conversation.value?.turns.length ?? 0) === 0;
  const LOOKS = { words: Words, timeline: Plots, table: AllTurns };
  const Shown = LOOKS[look.value];
  return (
    <div ref={main} tabIndex={-1} class={live ? 'workspace live' : 'workspace'} onKeyDown={onKeyDown}>
      <TalkHead />
      <Controls />
      <FrontNotices />
      {sound.value && <Player sound={sound.value} />}
      {empty ? (
        <p class="empty-state">{t('No turns yet. Write the first one below: choose a speaker and type what they say.')}</p>
      ) : (
        <Shown />
      )}
      {live && <Composer />}
    </div>
  );
}

/** The conversation as people know it, with the timeline as its navigator and the details of a turn at its side. */
function Words() {
  const narrow = useNarrow(820);
  return (
    <div class="words-view">
      <Navigator />
      <div class="words-main">
        <FilterBar />
        <Transcript inline={narrow} />
      </div>
      <aside class="side" aria-label={t('Details')}>
        {!narrow && <TurnPanel />}
        <Speakers />
        <Shifts />
        <NotePad />
      </aside>
    </div>
  );
}

function Plots() {
  return (
    <>
      <Timeline legend={<Legend />} />
      <div class="columns">
        <TurnPanel />
        <div class="column">
          <WheelCard />
          <Compare />
        </div>
        <div class="column">
          <Speakers />
          <Shifts />
        </div>
      </div>
    </>
  );
}
