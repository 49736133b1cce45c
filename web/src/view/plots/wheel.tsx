// The feeling wheel, lit by what was said.

import { useMemo, useState } from 'preact/hooks';
import { percent } from '../../model/format';
import { meanShares } from '../../model/summary';
import { type Light, lightWheel } from '../../model/wheel-light';
import type { WheelInfo } from '../../service/types';
import { infos, labels, reads, selected, speakers, wheel, zoom } from '../../state/talk';
import { t } from '../../words';
import { LEAST_LIT, litOf, WheelPlot } from './wheel-plot';

type Scope = 'all' | 'view' | 'turn';

export function Wheel() {
  return wheel.value === null ? null : <LitWheel drawn={wheel.value} />;
}

function LitWheel({ drawn }: { drawn: WheelInfo }) {
  const [scope, setScope] = useState<Scope>('all');
  const [speaker, setSpeaker] = useState('');
  const range = zoom.value;
  const scoped =
    scope === 'turn'
      ? reads.value.slice(selected.value, selected.value + 1)
      : scope === 'view'
        ? reads.value.slice(range.first, range.last + 1)
        : reads.value;
  const own =
    speakers.value.includes(speaker) && scope !== 'turn'
      ? scoped.filter((read) => read.turn.speaker === speaker)
      : scoped;
  const within = scope === 'view' ? range : scope === 'turn' ? selected.value : null;
  const light = useMemo(
    () => lightWheel(infos.value, meanShares(own, labels.value), drawn.feelings),
    [drawn, reads.value, infos.value, speaker, scope, within],
  );
  return (
    <section class="card wheel" aria-labelledby="wheel-title">
      <div class="card-head">
        <h2 id="wheel-title">{t('Feeling wheel')}</h2>
        <div class="row wrap">
          <label class="field inline">
            <span class="unseen">{t('Turns shown')}</span>
            <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
              <option value="all">{t('All turns')}</option>
              <option value="view">{t('Visible turns')}</option>
              <option value="turn">{t('Selected turn')}</option>
            </select>
          </label>
          {scope !== 'turn' && speakers.value.length > 1 && (
            <label class="field inline">
              <span class="unseen">{t('Speaker')}</span>
              <select value={speaker} onChange={(event) => setSpeaker(event.currentTarget.value)}>
                <option value="">{t('All speakers')}</option>
                {speakers.value.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
      </div>
      <div class="wheel-box">
        <WheelPlot drawn={drawn} light={light} />
      </div>
      <LitList light={light} />
    </section>
  );
}

function LitList({ light }: { light: Light }) {
  const elsewhere = [...light.elsewhere].filter(({ share }) => share >= LEAST_LIT).sort((a, b) => b.share - a.share);
  return (
    <dl class="lit-list">
      <div>
        <dt>{t('On the wheel')}</dt>
        <dd>
          {litOf(light)
            .map(([key, share]) => `${key.replaceAll('/', ' › ')} ${percent(share)}`)
            .join(', ') || t('nothing yet')}
        </dd>
      </div>
      {elsewhere.length > 0 && (
        <div>
          <dt>{t('Not on the wheel')}</dt>
          <dd>{elsewhere.map(({ label, share }) => `${t(label)} ${percent(share)}`).join(', ')}</dd>
        </div>
      )}
    </dl>
  );
}
