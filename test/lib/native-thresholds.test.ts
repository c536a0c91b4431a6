import { describe, expect, it } from 'vitest';
import { nativeThresholds } from '../../lib/workload/native-thresholds.ts';
import { bookingSlos } from '../../thresholds/booking.ts';
import { smokeSlos } from '../../thresholds/smoke.ts';

describe('objectives as thresholds of k6', () => {
  it('of the booking service, after the warm-up', () => {
    const thresholds = nativeThresholds(bookingSlos, ',phase:steady');
    expect(thresholds).toMatchObject({
      'http_req_duration{name:search,phase:steady}': ['p(95)<=300', 'p(99)<=600'],
      'http_req_failed{name:search,phase:steady}': ['rate<=0.01'],
      'http_req_duration{name:pay,phase:steady}': ['p(95)<=500', 'p(99)<=900'],
      'http_req_failed{name:pay,phase:steady}': ['rate<=0.005'],
      'journey_success{journey:booking,phase:steady}': ['rate>=0.99'],
    });
    // Latency, errors and presence of four endpoints, and the journey.
    expect(Object.keys(thresholds)).toHaveLength(13);
    expect(Object.keys(thresholds).every((key) => key.endsWith(',phase:steady}'))).toBe(true);
  });

  it('of a smoke run allow no failure at all', () => {
    const endpoints = ['search', 'view', 'book', 'pay'];
    expect(nativeThresholds(smokeSlos, '')).toEqual({
      ...Object.fromEntries(endpoints.map((name) => [`http_req_failed{name:${name}}`, ['rate<=0']])),
      ...Object.fromEntries(endpoints.map((name) => [`http_reqs{name:${name}}`, ['count>0']])),
      'journey_success{journey:booking}': ['rate>=1'],
    });
  });

  it('are said once where an objective is said twice, and are none where there are none', () => {
    const slo = { endpoint: 'list', metric: 'p95', max: 200 } as const;
    expect(nativeThresholds([slo, slo, { ...slo, max: 250 }], '')).toEqual({
      'http_req_duration{name:list}': ['p(95)<=200', 'p(95)<=250'],
      'http_reqs{name:list}': ['count>0'],
    });
    expect(nativeThresholds([], ',phase:steady')).toEqual({});
  });

  it('ask a journey for its success only: it has no requests of its own to be counted', () => {
    expect(nativeThresholds([{ journey: 'list', metric: 'successRate', min: 0.9 }], '')).toEqual({
      'journey_success{journey:list}': ['rate>=0.9'],
    });
  });

  it('take tags with one value, and leave out what k6 cannot judge', () => {
    const slo = { endpoint: 'list', metric: 'errorRate', max: 0.1 } as const;
    const thresholds = nativeThresholds(
      [
        { ...slo, tags: { region: 'north' } },
        { ...slo, tags: { status: '5xx' } },
        { ...slo, windowSeconds: 60 },
      ],
      ',phase:steady',
    );
    expect(thresholds).toEqual({
      'http_req_failed{name:list,region:north,phase:steady}': ['rate<=0.1'],
      'http_reqs{name:list,region:north,phase:steady}': ['count>0'],
    });
  });
});
