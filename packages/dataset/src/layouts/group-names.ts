/** Who or what has several images, by kind. Words that as often name classes, such as vehicle or building, are not here. */
const GROUPS = [
  // Living beings.
  'patient|person|people|subject|user|individual|participant|donor|owner|driver|family|household|animal|plant',
  // Those who make images.
  'author|artist|painter|photographer|writer',
  // Recordings.
  'session|scene|video|clip|film|movie|episode|seq(uence)?|series|recording|burst|track|camera|cam|trap|deployment',
  // Occasions.
  'event|encounter|sighting|visit|exam|experiment|study(_?instance)?|case|batch',
  // Places.
  'site|plot|location|hospital|clinic|farm|field|station|house',
  // Things.
  'plate|slide|specimen|lesion|group',
];
const GROUP_NAME = new RegExp(`^(${GROUPS.join('|')})s?([-_ ]?(u?id|no|nr|num|number|name|code|key))?$`, 'i');

/** Whether a column is named like something that has several images: a person, a scene, an artist. */
export function looksLikeGroup(column: string): boolean {
  return GROUP_NAME.test(column);
}
