import type { CompetitionEvent, OnCompetitionEvent, Phase } from '@podium/competition';
import { describeHubEvent } from '@podium/model-zoo';
import { installReporter } from './install-progress.ts';
import { describeAdmission } from './pseudo-report.ts';
import { stageReporter } from './stage-progress.ts';
import type { Terminal } from './terminal.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  'reading-data': 'reading the data',
  'admitting-external': 'checking the external images',
  'measuring-transfer': 'measuring how similar these images are to those the networks were pretrained on',
  training: 'training, blending, scoring',
  'examining-model': 'examining the model',
  rebuilding: 'rebuilding',
  reporting: 'writing the report',
};

/** Shows a run's events on the terminal: progress with time left, decisions, warnings. */
export function competitionReporter(terminal: Terminal): OnCompetitionEvent {
  const showInstall = installReporter(terminal);
  let stages = stageReporter(terminal);
  let hasDecisions = false;
  return (event: CompetitionEvent): void => {
    switch (event.type) {
      case 'phase':
        terminal.say(PHASES[event.phase]);
        break;
      case 'decision': {
        if (!hasDecisions) terminal.say('decided for you:');
        hasDecisions = true;
        const { key, value, reason } = event.decision;
        terminal.say(`  ${key}: ${value} (${reason})`);
        break;
      }
      case 'warning':
        terminal.say(`  warning: ${event.message}`);
        break;
      case 'recommendation': {
        const { model, recommendation } = event;
        if (recommendation === null) break;
        terminal.say(`  ${model}: ${recommendation.case}`);
        for (const line of [...recommendation.reasons, ...recommendation.warnings])
          terminal.say(`    ${line}`);
        break;
      }
      case 'admission':
        for (const line of describeAdmission(event.report)) terminal.say(`  ${line}`);
        break;
      case 'weights': {
        const line = describeHubEvent(event.event);
        if (event.event.type === 'progress') terminal.status(line);
        else terminal.say(line);
        break;
      }
      case 'tensorflow':
        showInstall(event.event);
        break;
      case 'backend':
        if (event.backend === 'tensorflow') break;
        terminal.say(
          'TensorFlow is not available; computing with WebAssembly instead, several times slower:',
        );
        for (const attempt of event.attempts) terminal.say(`  - ${attempt}`);
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
