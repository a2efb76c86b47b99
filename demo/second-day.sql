-- What happens to the tables of the sample in a day: new rows, changed rows, deleted rows.
INSERT INTO public.obs_sbn (id, obsid, stn, obstime, ra, dec, mag, band, created_at, updated_at)
SELECT 1000000 + n, substr(md5(n || 'new'), 1, 22), 'X05', timestamp '2026-03-27 03:00' + n * interval '30 seconds',
       150 + n * 0.001, -20 + n * 0.001, 21.5, 'Lr', now(), now()
FROM generate_series(1, 1200) AS n;

UPDATE public.obs_sbn SET permid = '433', provid = NULL, updated_at = now() WHERE id % 100 = 0;
DELETE FROM public.obs_sbn WHERE id % 1000 = 7;

-- A new solution for one orbit in twenty.
UPDATE public.mpc_orbits SET u_param = 0, normalized_rms = 0.5, updated_at = now() WHERE id % 20 = 0;
DELETE FROM public.mpc_orbits WHERE id % 2000 = 1;

UPDATE ppdb."DiaSource" SET "timeWithdrawnMjdTai" = 61200, "psfFlux" = 'NaN' WHERE "diaSourceId" % 500 = 0;

INSERT INTO ppdb."DiaForcedSource"
SELECT "diaForcedSourceId" + 1000000000, "diaObjectId", ra, dec, visit + 1000, detector, "psfFlux", "psfFluxErr",
       "midpointMjdTai" + 1, "scienceFlux", "scienceFluxErr", band, "timeProcessedMjdTai" + 1, NULL
FROM ppdb."DiaForcedSource" WHERE "diaObjectId" % 40 = 0;
