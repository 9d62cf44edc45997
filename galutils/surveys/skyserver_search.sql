SELECT TOP {top}
    p.objID, p.ra, p.dec,
    p.modelMag_r as R_mag,
    p.modelMag_r - p.extinction_r as r0,
    p.modelMag_g - p.extinction_g - p.modelMag_z + p.extinction_z as g_z0,
    p.modelMag_u - p.modelMag_g as u_g,
    p.modelMag_g - p.modelMag_z as g_z,
    p.modelMag_g - p.modelMag_r as g_r,
    p.modelMag_g - p.modelMag_i as g_i,
    p.modelMag_r - p.modelMag_i as r_i,
    p.modelMag_r - p.modelMag_z as r_z,
    p.petroRad_r,
    s.specObjID, s.z, s.zErr, s.zWarning,
    N.distance
FROM
    photoObj as p
JOIN SpecObjAll s ON p.objID = s.bestObjID
JOIN dbo.fGetNearbyObjEq({ra:.10g}, {dec:.10g}, {radius:.10g}) as N ON N.objID = p.objID
WHERE
    p.type = 3
ORDER BY distance
