import type { OnCompetitionEvent, Phase } from '@podium/competition';
import { describeHubEvent } from '@podium/model-zoo';
import { describeAdmission } from './describe-pseudo-labels.ts';
import { describeRaceRow } from './describe-race.ts';
import { countOf, formatDuration } from './format.ts';
import { installReporter } from './install-reporter.ts';
import { stageReporter } from './stage-reporter.ts';
import type { Terminal } from './terminal.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  'reading-data': 'reading the data',
  'admitting-external': 'checking the external images',
  'measuring-transfer': 'measuring how similar the images are to those of pretraining',
  'measuring-changes': 'measuring whether images keep their classes mirrored, and without colors',
  racing: 'trying recipes on one fold',
  training: 'training, blending, scoring',
  'examining-model': 'examining the model',
  rebuilding: 'rebuilding',
  reporting: 'writing the report',
};

/** Logs the events of a competition: phases, decisions, warnings, and progress with the time left. */
export function competitionReporter(terminal: Terminal): OnCompetitionEvent {
  const reportInstall = installReporter(terminal);
  let stages = stageReporter(terminal);
  let hasDecisions = false;
  return (event) => {
    switch (event.type) {
      case 'phase':
        terminal.log(PHASES[event.phase]);
        break;
      case 'decision': {
        if (!hasDecisions) terminal.log('chosen automatically:');
        hasDecisions = true;
        const { key, value, reason } = event.decision;
        terminal.log(`  ${key}: ${value} (${reason})`);
        break;
      }
      case 'omission': {
        const { what, count, of, reason, examples } = event.omission;
        terminal.log(`  left out: ${count} of ${of} ${what}, because ${reason} (${examples.join(', ')})`);
        break;
      }
      case 'warning':
        terminal.log(`  warning: ${event.message}`);
        break;
      case 'examining': {
        const { title, position, count, secondsLeft } = event;
        const left = `about ${formatDuration(secondsLeft)}`;
        if (position === 1)
          terminal.log(`${countOf(count, 'check')} and a measurement; quick ones first, at most ${left}`);
        terminal.status(`[${position}/${count}] ${title}, at most ${left} left`);
        break;
      }
      case 'recommendation': {
        const { model, recommendation } = event;
        if (recommendation === null) break;
        terminal.log(`  ${model}: ${recommendation.case}`);
        for (const line of [...recommendation.reasons, ...recommendation.warnings])
          terminal.log(`    ${line}`);
        break;
      }
      case 'race':
        terminal.log(`  ${describeRaceRow(event.row)}`);
        break;
      case 'admission':
        for (const line of describeAdmission(event.report)) terminal.log(`  ${line}`);
        break;
      case 'weights': {
        const line = describeHubEvent(event.event);
        if (event.event.type === 'progress') terminal.status(line);
        else terminal.log(line);
        break;
      }
      case 'tensorflow':
        reportInstall(event.event);
        break;
      case 'backend':
        if (event.backend === 'tensorflow') break;
        terminal.log('TensorFlow is not available; using WebAssembly instead, several times slower:');
        for (const attempt of event.attempts) terminal.log(`  - ${attempt}`);
        break;
      case 'stage':
        stages.onEvent(event.event);
        break;
      case 'stages-done':
        stages.end();
        stages = stageReporter(terminal);
        break;
    }
  };
}
