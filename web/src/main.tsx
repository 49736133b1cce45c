import { effect } from '@preact/signals';
import { render } from 'preact';
import { followAddress } from './state/address';
import { keepUpToDate, refreshKept } from './state/kept';
import { connectService } from './state/key';
import { warnBeforeLeaving } from './state/leaving';
import { start } from './state/start';
import './style/index.css';
import { App } from './view/app';
import { language } from './words';

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  connectService();
  effect(() => {
    document.documentElement.lang = language.value;
  });
  render(<App />, root);
  warnBeforeLeaving();
  keepUpToDate();
  // An address may name what needs the labels, and what is kept.
  void Promise.all([start(), refreshKept()]).then(followAddress);
}
