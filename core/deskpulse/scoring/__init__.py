"""Pure arithmetic of Net Promoter: no database, no clock, nothing imported from the rest of core."""
